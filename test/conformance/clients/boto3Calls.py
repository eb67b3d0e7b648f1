"""Makes the boto3 calls that come as JSON lines on stdin and answers each with a JSON line. Argument: the endpoint, unless settings tell it."""
import datetime
import json
import sys

import boto3
import botocore.exceptions
from botocore import xform_name

endpoint = {"endpoint_url": sys.argv[1]} if len(sys.argv) > 1 else {}
client = boto3.client("appmesh", **endpoint)


def paged(operation, input, page_size):
    paginator = client.get_paginator(operation)
    pages = paginator.paginate(**input, PaginationConfig={"PageSize": page_size})
    (key,) = paginator.result_keys
    return {"items": [item for page in pages for item in key.search(page)]}


def output_of(operation, input, pageSize=None):
    if pageSize is not None:
        return paged(xform_name(operation), input, pageSize)
    output = getattr(client, xform_name(operation))(**input)
    output.pop("ResponseMetadata")
    return output


def answer(request):
    try:
        return {"output": output_of(**request)}
    except botocore.exceptions.ClientError as error:
        # The class is boto3's own typed exception when it knows the error, plain ClientError when it does not.
        return {"error": {"type": type(error).__name__, "message": error.response["Error"]["Message"]}}
    except botocore.exceptions.ParamValidationError as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}


def encode(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} is not expected in an output")


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=encode), flush=True)
