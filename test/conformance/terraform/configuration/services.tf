resource "aws_appmesh_virtual_router" "catalog" {
  name      = "catalog"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = var.edited ? 8088 : 8080
        protocol = "http"
      }
    }
  }

  tags = {
    Name = "catalog"
  }
}

resource "aws_appmesh_virtual_router" "storefront" {
  name       = "storefront"
  mesh_name  = local.mesh
  mesh_owner = aws_appmesh_mesh.shop.mesh_owner

  spec {
    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }
    }

    listener {
      port_mapping {
        port     = 8081
        protocol = "http2"
      }
    }

    listener {
      port_mapping {
        port     = 9090
        protocol = "grpc"
      }
    }

    listener {
      port_mapping {
        port     = var.edited ? 15432 : 5432
        protocol = "tcp"
      }
    }
  }
}

resource "aws_appmesh_virtual_router" "ledger" {
  name      = "ledger"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = 5432
        protocol = "tcp"
      }
    }
  }

  tags = var.edited ? { Edited = "yes" } : {}
}

# Listeners can come later.
resource "aws_appmesh_virtual_router" "bare" {
  name      = "bare"
  mesh_name = local.mesh

  spec {
    dynamic "listener" {
      for_each = var.edited ? [8080, 8081] : []

      content {
        port_mapping {
          port     = listener.value
          protocol = "http"
        }
      }
    }
  }
}

resource "aws_appmesh_virtual_service" "catalog" {
  name       = "catalog.shop.local"
  mesh_name  = local.mesh
  mesh_owner = aws_appmesh_mesh.shop.mesh_owner

  spec {
    provider {
      virtual_router {
        virtual_router_name = var.edited ? aws_appmesh_virtual_router.bare.name : aws_appmesh_virtual_router.catalog.name
      }
    }
  }

  tags = {
    Name = "catalog"
  }
}

resource "aws_appmesh_virtual_service" "payments" {
  name      = "payments.shop.local"
  mesh_name = local.mesh

  spec {
    provider {
      virtual_node {
        virtual_node_name = var.edited ? aws_appmesh_virtual_node.ledger.name : aws_appmesh_virtual_node.payments.name
      }
    }
  }
}

# From a node to a router.
resource "aws_appmesh_virtual_service" "storefront" {
  name      = "storefront.shop.local"
  mesh_name = local.mesh

  spec {
    provider {
      dynamic "virtual_node" {
        for_each = var.edited ? [] : [aws_appmesh_virtual_node.storefront.name]

        content {
          virtual_node_name = virtual_node.value
        }
      }

      dynamic "virtual_router" {
        for_each = var.edited ? [aws_appmesh_virtual_router.storefront.name] : []

        content {
          virtual_router_name = virtual_router.value
        }
      }
    }
  }
}

# Its provider is taken away.
resource "aws_appmesh_virtual_service" "ledger" {
  name      = "ledger.shop.local"
  mesh_name = local.mesh

  spec {
    dynamic "provider" {
      for_each = var.edited ? [] : [aws_appmesh_virtual_router.ledger.name]

      content {
        virtual_router {
          virtual_router_name = provider.value
        }
      }
    }
  }
}

resource "aws_appmesh_virtual_service" "fleet" {
  count = 16

  name      = "fleet-${count.index}.shop.local"
  mesh_name = local.mesh

  spec {
    provider {
      virtual_node {
        virtual_node_name = aws_appmesh_virtual_node.fleet[var.edited ? 15 - count.index : count.index].name
      }
    }
  }
}
