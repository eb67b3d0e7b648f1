resource "aws_appmesh_mesh" "shop" {
  name = "shop"

  spec {
    egress_filter {
      type = var.edited ? "ALLOW_ALL" : "DROP_ALL"
    }

    service_discovery {
      ip_preference = var.edited ? "IPv6_PREFERRED" : "IPv4_PREFERRED"
    }
  }

  # One added, one changed, one removed, one moved into the default tags, one unlike all others.
  tags = var.edited ? {
    Added         = "yes"
    Changed       = "after"
    "Cost Center" = "42/7 + ü"
    } : {
    Changed       = "before"
    Removed       = "yes"
    Stage         = "test"
    "Cost Center" = "42/7 + ü"
  }
}

# Names may hold a slash and spaces, and nothing but the name is required.
resource "aws_appmesh_mesh" "signs" {
  name = "a/b c"
}

resource "aws_appmesh_virtual_node" "signs" {
  name       = "blue/1 green"
  mesh_name  = aws_appmesh_mesh.signs.name
  mesh_owner = aws_appmesh_mesh.signs.mesh_owner

  spec {
    service_discovery {
      dns {
        hostname = var.edited ? "green.local" : "blue.local"
      }
    }
  }

  tags = {
    Empty = ""
  }
}
