"""mesh.py ENDPOINT create | weights SERVICEB SERVICEBV2   Writes the sample mesh, and shifts its route's weights, by a stock AWS client."""

import sys

import boto3

MESH = "apps"
ROUTE = {"meshName": MESH, "virtualRouterName": "serviceb-router", "routeName": "serviceb-route"}
LISTENER = {"portMapping": {"port": 8080, "protocol": "http"}}


def node(name, backends=()):
    return {
        "listeners": [LISTENER],
        "serviceDiscovery": {"dns": {"hostname": f"{name}.apps.local"}},
        "backends": [{"virtualService": {"virtualServiceName": backend}} for backend in backends],
    }


def split(serviceb, servicebv2):
    targets = [{"virtualNode": "serviceb", "weight": serviceb}, {"virtualNode": "servicebv2", "weight": servicebv2}]
    return {"httpRoute": {"match": {"prefix": "/"}, "action": {"weightedTargets": targets}}}


def create(appmesh):
    appmesh.create_mesh(meshName=MESH)
    appmesh.create_virtual_node(meshName=MESH, virtualNodeName="servicea", spec=node("servicea", ["serviceb.apps.local"]))
    for name in ("serviceb", "servicebv2"):
        appmesh.create_virtual_node(meshName=MESH, virtualNodeName=name, spec=node(name))
    appmesh.create_virtual_router(meshName=MESH, virtualRouterName="serviceb-router", spec={"listeners": [LISTENER]})
    appmesh.create_route(**ROUTE, spec=split(100, 0))
    provider = {"virtualRouter": {"virtualRouterName": "serviceb-router"}}
    appmesh.create_virtual_service(meshName=MESH, virtualServiceName="serviceb.apps.local", spec={"provider": provider})


endpoint, command, *numbers = sys.argv[1:]
client = boto3.client(
    "appmesh",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",
)
if command == "create":
    create(client)
else:
    client.update_route(**ROUTE, spec=split(*map(int, numbers)))
