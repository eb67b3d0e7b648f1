# A listener of each protocol, with everything a gateway's listener can have.
resource "aws_appmesh_virtual_gateway" "edge" {
  name      = "edge"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }

      connection_pool {
        http {
          max_connections      = 1000
          max_pending_requests = var.edited ? 20 : 10
        }
      }

      health_check {
        healthy_threshold   = 2
        interval_millis     = 5000
        path                = "/"
        port                = 8080
        protocol            = "http"
        timeout_millis      = 2000
        unhealthy_threshold = var.edited ? 4 : 3
      }

      tls {
        mode = "STRICT"

        certificate {
          acm {
            certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
          }
        }
      }
    }

    listener {
      port_mapping {
        port     = 8081
        protocol = "http2"
      }

      connection_pool {
        http2 {
          max_requests = 2000
        }
      }

      # Without a port it is the listener's.
      health_check {
        healthy_threshold   = 2
        interval_millis     = 5000
        protocol            = "http2"
        path                = "/"
        timeout_millis      = 2000
        unhealthy_threshold = 2
      }

      tls {
        mode = var.edited ? "STRICT" : "PERMISSIVE"

        certificate {
          file {
            certificate_chain = "/certs/edge.pem"
            private_key       = "/certs/edge.key"
          }
        }

        validation {
          subject_alternative_names {
            match {
              exact = ["client.example.com"]
            }
          }

          trust {
            file {
              certificate_chain = "/certs/clients.pem"
            }
          }
        }
      }
    }

    listener {
      port_mapping {
        port     = 9090
        protocol = "grpc"
      }

      connection_pool {
        grpc {
          max_requests = 300
        }
      }

      health_check {
        healthy_threshold   = 2
        interval_millis     = 5000
        protocol            = "grpc"
        timeout_millis      = 2000
        unhealthy_threshold = 2
      }

      tls {
        mode = "DISABLED"

        certificate {
          sds {
            secret_name = "edge-cert"
          }
        }

        validation {
          trust {
            sds {
              secret_name = "clients-ca"
            }
          }
        }
      }
    }

    backend_defaults {
      client_policy {
        tls {
          enforce = !var.edited
          ports   = [443, 8443]

          certificate {
            file {
              certificate_chain = "/certs/edge.pem"
              private_key       = "/certs/edge.key"
            }
          }

          validation {
            subject_alternative_names {
              match {
                exact = ["storefront.shop.local", "catalog.shop.local"]
              }
            }

            trust {
              file {
                certificate_chain = "/certs/ca.pem"
              }
            }
          }
        }
      }
    }

    logging {
      access_log {
        file {
          path = "/dev/stdout"

          format {
            json {
              key   = "code"
              value = var.edited ? "%RESPONSE_CODE_DETAILS%" : "%RESPONSE_CODE%"
            }
          }
        }
      }
    }
  }

  tags = {
    Name = "edge"
  }
}

resource "aws_appmesh_virtual_gateway" "partners" {
  name       = "partners"
  mesh_name  = local.mesh
  mesh_owner = aws_appmesh_mesh.shop.mesh_owner

  spec {
    listener {
      port_mapping {
        port     = var.edited ? 8888 : 8080
        protocol = "http"
      }
    }

    backend_defaults {
      client_policy {
        tls {
          certificate {
            sds {
              secret_name = "partners-cert"
            }
          }

          validation {
            trust {
              sds {
                secret_name = "shop-ca"
              }
            }
          }
        }
      }
    }

    logging {
      access_log {
        file {
          path = "/dev/stdout"

          format {
            text = "%RESPONSE_CODE%\n"
          }
        }
      }
    }
  }
}

resource "aws_appmesh_virtual_gateway" "internal" {
  name      = "internal"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = 9090
        protocol = var.edited ? "http2" : "grpc"
      }
    }

    dynamic "listener" {
      for_each = var.edited ? [9091] : []

      content {
        port_mapping {
          port     = listener.value
          protocol = "http"
        }
      }
    }

    backend_defaults {
      client_policy {
        tls {
          validation {
            trust {
              acm {
                certificate_authority_arns = [
                  "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/12345678-1234-1234-1234-123456789012",
                ]
              }
            }
          }
        }
      }
    }
  }
}
