resource "aws_appmesh_gateway_route" "http" {
  name                 = "http"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    priority = var.edited ? 20 : 10

    http_route {
      match {
        prefix = "/shop/"
        port   = 8080

        hostname {
          exact = "shop.example.com"
        }

        header {
          name   = "x-exact"
          invert = true

          match {
            exact = "one"
          }
        }

        header {
          name = "x-prefix"

          match {
            prefix = "two"
          }
        }

        header {
          name = "x-suffix"

          match {
            suffix = "three"
          }
        }

        header {
          name = "x-regex"

          match {
            regex = "four|five"
          }
        }

        header {
          name = "x-range"

          match {
            range {
              start = 1
              end   = 10
            }
          }
        }

        query_parameter {
          name = "lang"

          match {
            exact = var.edited ? "de" : "en"
          }
        }
      }

      action {
        target {
          port = 8081

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.storefront.name
          }
        }

        rewrite {
          hostname {
            default_target_hostname = var.edited ? "ENABLED" : "DISABLED"
          }

          prefix {
            value = "/v2/"
          }
        }
      }
    }
  }

  tags = {
    Name = "http"
  }
}

# Its target gets a second listener by the edits, so it has to say which one.
resource "aws_appmesh_gateway_route" "http_exact" {
  name                 = "http-exact"
  mesh_name            = local.mesh
  mesh_owner           = aws_appmesh_mesh.shop.mesh_owner
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    http_route {
      match {
        port = 8080

        path {
          exact = "/status"
        }

        hostname {
          suffix = ".example.com"
        }
      }

      action {
        target {
          port = var.edited ? 8080 : null

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.catalog.name
          }
        }

        rewrite {
          path {
            exact = var.edited ? "/live" : "/health"
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http_regex" {
  name                 = "http-regex"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.partners.name

  spec {
    http_route {
      match {
        path {
          regex = var.edited ? "/v[12]/.*" : "/v1/.*"
        }
      }

      action {
        target {
          port = var.edited ? 8080 : null

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.catalog.name
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http_prefix" {
  name                 = "http-prefix"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.partners.name

  spec {
    http_route {
      match {
        prefix = "/"
      }

      action {
        target {
          virtual_service {
            virtual_service_name = var.edited ? aws_appmesh_virtual_service.payments.name : aws_appmesh_virtual_service.catalog.name
          }
        }

        rewrite {
          prefix {
            default_prefix = "DISABLED"
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http2" {
  name                 = "http2"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    http2_route {
      match {
        prefix = "/"
        port   = 8081

        hostname {
          suffix = var.edited ? ".shop.example.com" : ".example.com"
        }

        header {
          name   = "x-exact"
          invert = true

          match {
            exact = "one"
          }
        }

        header {
          name = "x-prefix"

          match {
            prefix = "two"
          }
        }

        header {
          name = "x-suffix"

          match {
            suffix = "three"
          }
        }

        header {
          name = "x-regex"

          match {
            regex = "four|five"
          }
        }

        header {
          name = "x-range"

          match {
            range {
              start = 1
              end   = 10
            }
          }
        }

        query_parameter {
          name = "lang"

          match {
            exact = "en"
          }
        }
      }

      action {
        target {
          port = 8081

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.storefront.name
          }
        }

        rewrite {
          hostname {
            default_target_hostname = "DISABLED"
          }

          prefix {
            default_prefix = var.edited ? "ENABLED" : "DISABLED"
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http2_exact" {
  name                 = "http2-exact"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    http2_route {
      match {
        port = 8081

        path {
          exact = "/old"
        }

        hostname {
          exact = "shop.example.com"
        }
      }

      action {
        target {
          port = 8081

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.storefront.name
          }
        }

        rewrite {
          path {
            exact = var.edited ? "/newer" : "/new"
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http2_regex" {
  name                 = "http2-regex"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    http2_route {
      match {
        port = 8081

        path {
          regex = var.edited ? "/assets/.+" : "/assets/.*"
        }
      }

      action {
        target {
          port = 8081

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.storefront.name
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http2_prefix" {
  name                 = "http2-prefix"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    http2_route {
      match {
        prefix = "/api/"
        port   = 8081
      }

      action {
        target {
          port = 8081

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.storefront.name
          }
        }

        rewrite {
          prefix {
            value = var.edited ? "/api/v2/" : "/api/v1/"
          }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "grpc" {
  name                 = "grpc"
  mesh_name            = local.mesh
  virtual_gateway_name = aws_appmesh_virtual_gateway.edge.name

  spec {
    grpc_route {
      match {
        service_name = var.edited ? "shop.v2.Orders" : "shop.v1.Orders"
        port         = 9090
      }

      action {
        target {
          port = 9090

          virtual_service {
            virtual_service_name = aws_appmesh_virtual_service.storefront.name
          }
        }
      }
    }
  }
}
