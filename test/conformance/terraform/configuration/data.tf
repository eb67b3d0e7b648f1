# Each is asked for what its resource says only once it exists, so it is read after that.

data "aws_appmesh_mesh" "shop" {
  name       = aws_appmesh_mesh.shop.id
  mesh_owner = aws_appmesh_mesh.shop.mesh_owner
}

data "aws_appmesh_virtual_node" "storefront" {
  name       = aws_appmesh_virtual_node.storefront.name
  mesh_name  = aws_appmesh_virtual_node.storefront.mesh_name
  mesh_owner = aws_appmesh_virtual_node.storefront.mesh_owner
}

data "aws_appmesh_virtual_node" "cart" {
  name       = aws_appmesh_virtual_node.cart.name
  mesh_name  = aws_appmesh_virtual_node.cart.mesh_name
  mesh_owner = aws_appmesh_virtual_node.cart.resource_owner
}

data "aws_appmesh_virtual_router" "storefront" {
  name       = aws_appmesh_virtual_router.storefront.name
  mesh_name  = aws_appmesh_virtual_router.storefront.mesh_name
  mesh_owner = aws_appmesh_virtual_router.storefront.resource_owner
}

data "aws_appmesh_route" "catalog_search" {
  name                = aws_appmesh_route.catalog_search.name
  mesh_name           = aws_appmesh_route.catalog_search.mesh_name
  mesh_owner          = aws_appmesh_route.catalog_search.mesh_owner
  virtual_router_name = aws_appmesh_route.catalog_search.virtual_router_name
}

data "aws_appmesh_virtual_service" "catalog" {
  name       = aws_appmesh_virtual_service.catalog.name
  mesh_name  = aws_appmesh_virtual_service.catalog.mesh_name
  mesh_owner = aws_appmesh_virtual_service.catalog.resource_owner
}

# Alone among them it takes no owner.
data "aws_appmesh_virtual_gateway" "edge" {
  name      = aws_appmesh_virtual_gateway.edge.name
  mesh_name = local.mesh

  depends_on = [aws_appmesh_virtual_gateway.edge]
}

data "aws_appmesh_gateway_route" "http" {
  name                 = aws_appmesh_gateway_route.http.name
  mesh_name            = aws_appmesh_gateway_route.http.mesh_name
  mesh_owner           = aws_appmesh_gateway_route.http.mesh_owner
  virtual_gateway_name = aws_appmesh_gateway_route.http.virtual_gateway_name
}
