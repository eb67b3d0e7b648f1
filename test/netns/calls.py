"""calls.py ENDPOINT < CALLS   Makes App Mesh calls by a stock AWS client: a JSON list of [operation, parameters], in their order."""

import json
import sys

import boto3

client = boto3.client(
    "appmesh",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",
)
for operation, parameters in json.load(sys.stdin):
    getattr(client, operation)(**parameters)
