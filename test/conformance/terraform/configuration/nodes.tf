locals {
  mesh = aws_appmesh_mesh.shop.name
}

# A listener of each protocol, with everything a listener can have.
resource "aws_appmesh_virtual_node" "storefront" {
  name      = "storefront"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }

      connection_pool {
        http {
          max_connections      = var.edited ? 200 : 100
          max_pending_requests = 50
        }
      }

      health_check {
        healthy_threshold   = 2
        interval_millis     = 5000
        path                = var.edited ? "/live" : "/health"
        port                = 8080
        protocol            = "http"
        timeout_millis      = 2000
        unhealthy_threshold = 3
      }

      outlier_detection {
        max_ejection_percent = 50
        max_server_errors    = var.edited ? 7 : 5

        base_ejection_duration {
          unit  = "s"
          value = 30
        }

        interval {
          unit  = "ms"
          value = 10000
        }
      }

      timeout {
        http {
          idle {
            unit  = "s"
            value = 60
          }

          per_request {
            unit  = "ms"
            value = var.edited ? 2500 : 1500
          }
        }
      }

      tls {
        mode = var.edited ? "STRICT" : "PERMISSIVE"

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
          max_requests = var.edited ? 2000 : 1000
        }
      }

      # Without a port it is the listener's.
      health_check {
        healthy_threshold   = 3
        interval_millis     = 10000
        path                = "/"
        protocol            = "http2"
        timeout_millis      = 3000
        unhealthy_threshold = 2
      }

      timeout {
        http2 {
          idle {
            unit  = "s"
            value = 0
          }

          per_request {
            unit  = "s"
            value = var.edited ? 30 : 20
          }
        }
      }

      tls {
        mode = "STRICT"

        certificate {
          file {
            certificate_chain = "/certs/storefront.pem"
            private_key       = "/certs/storefront.key"
          }
        }

        validation {
          subject_alternative_names {
            match {
              exact = var.edited ? ["cart.shop.local", "edge.shop.local"] : ["edge.shop.local"]
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

    listener {
      port_mapping {
        port     = 9090
        protocol = "grpc"
      }

      connection_pool {
        grpc {
          max_requests = 500
        }
      }

      health_check {
        healthy_threshold   = 2
        interval_millis     = 5000
        protocol            = "grpc"
        timeout_millis      = 2000
        unhealthy_threshold = 2
      }

      timeout {
        grpc {
          idle {
            unit  = "s"
            value = 300
          }

          per_request {
            unit  = "s"
            value = 15
          }
        }
      }

      tls {
        mode = "STRICT"

        certificate {
          sds {
            secret_name = "storefront-cert"
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

    listener {
      port_mapping {
        port     = var.edited ? 5433 : 5432
        protocol = "tcp"
      }

      connection_pool {
        tcp {
          max_connections = 40
        }
      }

      health_check {
        healthy_threshold   = 2
        interval_millis     = 5000
        protocol            = "tcp"
        timeout_millis      = 2000
        unhealthy_threshold = 2
      }

      timeout {
        tcp {
          idle {
            unit  = "s"
            value = 3600
          }
        }
      }

      tls {
        mode = "DISABLED"

        certificate {
          file {
            certificate_chain = "/certs/storefront.pem"
            private_key       = "/certs/storefront.key"
          }
        }
      }
    }

    service_discovery {
      dns {
        hostname      = "storefront.shop.local"
        ip_preference = var.edited ? "IPv4_ONLY" : "IPv6_PREFERRED"
        response_type = var.edited ? "ENDPOINTS" : "LOADBALANCER"
      }
    }

    logging {
      access_log {
        file {
          path = "/dev/stdout"

          format {
            text = var.edited ? "%START_TIME% %RESPONSE_CODE%\n" : "%RESPONSE_CODE%\n"
          }
        }
      }
    }
  }

  tags = {
    Name = "storefront"
  }
}

# Backends with every client policy; they name their services as text, which may come later.
resource "aws_appmesh_virtual_node" "cart" {
  name       = "cart"
  mesh_name  = local.mesh
  mesh_owner = aws_appmesh_mesh.shop.mesh_owner

  spec {
    backend {
      virtual_service {
        virtual_service_name = "catalog.shop.local"

        client_policy {
          tls {
            enforce = !var.edited
            ports   = var.edited ? [443] : [443, 8443]

            certificate {
              file {
                certificate_chain = "/certs/cart.pem"
                private_key       = "/certs/cart.key"
              }
            }

            validation {
              subject_alternative_names {
                match {
                  exact = ["catalog.shop.local"]
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
    }

    backend {
      virtual_service {
        virtual_service_name = "storefront.shop.local"

        client_policy {
          tls {
            certificate {
              sds {
                secret_name = "cart-cert"
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
    }

    backend {
      virtual_service {
        virtual_service_name = var.edited ? "invoices.shop.local" : "payments.shop.local"

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

    backend {
      virtual_service {
        virtual_service_name = "ledger.shop.local"
      }
    }

    backend_defaults {
      client_policy {
        tls {
          enforce = true
          ports   = [443]

          certificate {
            file {
              certificate_chain = "/certs/cart.pem"
              private_key       = "/certs/cart.key"
            }
          }

          validation {
            subject_alternative_names {
              match {
                exact = ["shop.local"]
              }
            }

            trust {
              file {
                certificate_chain = var.edited ? "/certs/newCa.pem" : "/certs/ca.pem"
              }
            }
          }
        }
      }
    }

    listener {
      port_mapping {
        port     = var.edited ? 8090 : 8080
        protocol = "http"
      }
    }

    service_discovery {
      aws_cloud_map {
        namespace_name = "shop.internal"
        service_name   = "cart"
        attributes = var.edited ? {
          stack = "green"
          } : {
          stack   = "blue"
          version = "v1"
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
              value = "%RESPONSE_CODE%"
            }

            json {
              key   = var.edited ? "began" : "start"
              value = "%START_TIME%"
            }
          }
        }
      }
    }
  }
}

resource "aws_appmesh_virtual_node" "catalog" {
  for_each = toset(["v1", "v2"])

  name      = "catalog-${each.key}"
  mesh_name = local.mesh

  spec {
    backend_defaults {
      client_policy {
        tls {
          enforce = var.edited

          certificate {
            sds {
              secret_name = "catalog-cert"
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

    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }
    }

    service_discovery {
      dns {
        hostname = "catalog-${each.key}.shop.local"
      }
    }

    logging {
      access_log {
        file {
          path = "/dev/stdout"
        }
      }
    }
  }
}

# Blocks that come and go with an edit.
resource "aws_appmesh_virtual_node" "payments" {
  name      = "payments"
  mesh_name = local.mesh

  spec {
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

    dynamic "backend" {
      for_each = var.edited ? [] : ["ledger.shop.local", "catalog.shop.local"]

      content {
        virtual_service {
          virtual_service_name = backend.value
        }
      }
    }

    listener {
      port_mapping {
        port     = 8443
        protocol = "http"
      }

      dynamic "health_check" {
        for_each = var.edited ? [] : [1]

        content {
          healthy_threshold   = 2
          interval_millis     = 5000
          path                = "/"
          protocol            = "http"
          timeout_millis      = 2000
          unhealthy_threshold = 2
        }
      }

      dynamic "timeout" {
        for_each = var.edited ? [1] : []

        content {
          http {
            per_request {
              unit  = "s"
              value = 5
            }
          }
        }
      }
    }

    dynamic "listener" {
      for_each = var.edited ? [9090] : []

      content {
        port_mapping {
          port     = listener.value
          protocol = "grpc"
        }
      }
    }

    service_discovery {
      dns {
        hostname = "payments.shop.local"
      }
    }
  }
}

resource "aws_appmesh_virtual_node" "ledger" {
  name      = "ledger"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = 5432
        protocol = "tcp"
      }
    }

    service_discovery {
      dns {
        hostname = var.edited ? "ledger2.shop.local" : "ledger.shop.local"
      }
    }
  }
}

# A client only: nothing in its spec.
resource "aws_appmesh_virtual_node" "reports" {
  name      = "reports"
  mesh_name = local.mesh

  spec {}

  tags = {
    Period = var.edited ? "weekly" : "daily"
  }
}

# Many of a kind, written at once.
resource "aws_appmesh_virtual_node" "fleet" {
  count = 16

  name      = "fleet-${count.index}"
  mesh_name = local.mesh

  spec {
    listener {
      port_mapping {
        port     = var.edited ? 8081 : 8080
        protocol = "http"
      }
    }

    service_discovery {
      dns {
        hostname = "fleet-${count.index}.shop.local"
      }
    }
  }
}
