"""Makes the boto3 calls that come as JSON lines on stdin and answers each with a JSON line. Argument: the endpoint."""
import datetime
import json
import sys

import boto3
import botocore.exceptions
from botocore import xform_name

client = boto3.client("appmesh", endpoint_url=sys.argv[1])


def paged_node_names(meshName, pageSize):
    pages = client.get_paginator("list_virtual_nodes").paginate(meshName=meshName, PaginationConfig={"PageSize": pageSize})
    return {"names": [node["virtualNodeName"] for page in pages for node in page["virtualNodes"]]}


def answer(request):
    try:
        if request["operation"] == "pagedNodeNames":
            output = paged_node_names(**request["input"])
        else:
            output = getattr(client, xform_name(request["operation"]))(**request["input"])
            output.pop("ResponseMetadata")
        return {"output": output}
    except botocore.exceptions.ClientError as error:
        # The class is boto3's own typed exception when it knows the error, plain ClientError when it does not.
        return {"error": {"type": type(error).__name__, "message": error.response["Error"]["Message"]}}


def encode(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} is not expected in an output")


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=encode), flush=True)
