"""calls.py   Makes App Mesh calls by a stock AWS client. First line of input: the endpoint; each further one: a JSON list of
[operation, parameters], made in this order and answered by a line `done`. Ends at the first call that fails."""

import json
import sys

import boto3

client = boto3.client(
    "appmesh",
    endpoint_url=sys.stdin.readline().strip(),
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",
)
for line in sys.stdin:
    for operation, parameters in json.loads(line):
        getattr(client, operation)(**parameters)
    print("done", flush=True)
