# HTTP: everything a match can ask for, except what excludes it.
resource "aws_appmesh_route" "catalog_search" {
  name                = "search"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.catalog.name

  spec {
    priority = var.edited ? 5 : 10

    http_route {
      match {
        prefix = "/search"
        method = var.edited ? "POST" : "GET"
        scheme = "https"
        port   = var.edited ? 8088 : 8080

        header {
          name = "x-exact"

          match {
            exact = "one"
          }
        }

        header {
          name   = "x-prefix"
          invert = !var.edited

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
            regex = "^fo+(ur)?$"
          }
        }

        header {
          name = "x-range"

          match {
            range {
              start = 1
              end   = var.edited ? 20 : 10
            }
          }
        }

        header {
          name = "x-present"
        }

        query_parameter {
          name = "q"

          match {
            exact = "shoes"
          }
        }

        query_parameter {
          name = "page"
        }
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.catalog["v1"].name
          weight       = var.edited ? 50 : 90
        }

        weighted_target {
          virtual_node = aws_appmesh_virtual_node.catalog["v2"].name
          weight       = var.edited ? 50 : 10
          port         = 8080
        }
      }

      retry_policy {
        http_retry_events = ["server-error", "gateway-error", "client-error", "stream-error"]
        tcp_retry_events  = ["connection-error"]
        max_retries       = var.edited ? 3 : 1

        per_retry_timeout {
          unit  = "ms"
          value = 250
        }
      }

      timeout {
        idle {
          unit  = "s"
          value = 30
        }

        per_request {
          unit  = "s"
          value = 10
        }
      }
    }
  }

  tags = {
    Name = "search"
  }
}

resource "aws_appmesh_route" "catalog_item" {
  name                = "item"
  mesh_name           = local.mesh
  mesh_owner          = aws_appmesh_mesh.shop.mesh_owner
  virtual_router_name = aws_appmesh_virtual_router.catalog.name

  spec {
    http_route {
      match {
        path {
          exact = var.edited ? "/items/1" : "/items/0"
        }
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.catalog["v2"].name
          weight       = 1
        }
      }
    }
  }
}

resource "aws_appmesh_route" "catalog_items" {
  name                = "items"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.catalog.name

  spec {
    http_route {
      match {
        path {
          regex = var.edited ? "/items/[0-9]+" : "/items/[a-z]+"
        }
      }

      # Nobody is sent to a weight of 0.
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.catalog["v1"].name
          weight       = 0
        }

        weighted_target {
          virtual_node = aws_appmesh_virtual_node.catalog["v2"].name
          weight       = 100
        }
      }
    }
  }
}

# Blocks that come and go with an edit.
resource "aws_appmesh_route" "catalog_all" {
  name                = "all"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.catalog.name

  spec {
    http_route {
      match {
        prefix = "/"
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.catalog["v1"].name
          weight       = 1
        }

        dynamic "weighted_target" {
          for_each = var.edited ? [1] : []

          content {
            virtual_node = aws_appmesh_virtual_node.catalog["v2"].name
            weight       = 1
          }
        }
      }

      dynamic "retry_policy" {
        for_each = var.edited ? [] : [1]

        content {
          http_retry_events = ["server-error"]
          max_retries       = 0

          per_retry_timeout {
            unit  = "s"
            value = 1
          }
        }
      }

      dynamic "timeout" {
        for_each = var.edited ? [1] : []

        content {
          idle {
            unit  = "s"
            value = 0
          }
        }
      }
    }
  }
}

resource "aws_appmesh_route" "storefront_http2" {
  name                = "http2"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.storefront.name

  spec {
    priority = 1000

    http2_route {
      match {
        prefix = "/"
        method = "PUT"
        scheme = "http"
        port   = 8081

        header {
          name   = "x-exact"
          invert = true

          match {
            exact = var.edited ? "2" : "1"
          }
        }

        header {
          name = "x-prefix"

          match {
            prefix = "a"
          }
        }

        header {
          name = "x-suffix"

          match {
            suffix = "z"
          }
        }

        header {
          name = "x-regex"

          match {
            regex = "[a-z]*"
          }
        }

        header {
          name = "x-range"

          match {
            range {
              start = 5
              end   = 6
            }
          }
        }

        query_parameter {
          name = "debug"

          match {
            exact = "true"
          }
        }
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.storefront.name
          weight       = 100
          port         = 8081
        }
      }

      retry_policy {
        http_retry_events = ["server-error"]
        tcp_retry_events  = ["connection-error"]
        max_retries       = 2

        per_retry_timeout {
          unit  = "s"
          value = var.edited ? 2 : 1
        }
      }

      timeout {
        idle {
          unit  = "s"
          value = 20
        }

        per_request {
          unit  = "s"
          value = 0
        }
      }
    }
  }
}

resource "aws_appmesh_route" "storefront_http2_exact" {
  name                = "http2-exact"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.storefront.name

  spec {
    http2_route {
      match {
        port = 8081

        path {
          exact = var.edited ? "/about-us" : "/about"
        }
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.storefront.name
          weight       = 1
          port         = 8081
        }
      }
    }
  }
}

resource "aws_appmesh_route" "storefront_http2_regex" {
  name                = "http2-regex"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.storefront.name

  spec {
    http2_route {
      match {
        port = 8081

        path {
          regex = var.edited ? "/assets/.+" : "/assets/.*"
        }
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.storefront.name
          weight       = 1
          port         = 8081
        }
      }
    }
  }
}

resource "aws_appmesh_route" "storefront_grpc" {
  name                = "grpc"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.storefront.name

  spec {
    priority = 0

    grpc_route {
      match {
        service_name = "shop.v1.Orders"
        method_name  = var.edited ? "List" : "Get"
        port         = 9090

        metadata {
          name   = "x-exact"
          invert = true

          match {
            exact = "one"
          }
        }

        metadata {
          name = "x-prefix"

          match {
            prefix = "two"
          }
        }

        metadata {
          name = "x-suffix"

          match {
            suffix = "three"
          }
        }

        metadata {
          name = "x-regex"

          match {
            regex = "four|five"
          }
        }

        metadata {
          name = "x-range"

          match {
            range {
              start = 100
              end   = 200
            }
          }
        }
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.storefront.name
          weight       = 100
          port         = 9090
        }
      }

      retry_policy {
        grpc_retry_events = ["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"]
        http_retry_events = ["gateway-error"]
        tcp_retry_events  = ["connection-error"]
        max_retries       = 4

        per_retry_timeout {
          unit  = "s"
          value = 5
        }
      }

      timeout {
        idle {
          unit  = "s"
          value = var.edited ? 60 : 90
        }

        per_request {
          unit  = "ms"
          value = 750
        }
      }
    }
  }
}

# Any service on one of the listeners; it changes its kind, and with it its listener.
resource "aws_appmesh_route" "storefront_any" {
  name                = "any"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.storefront.name

  spec {
    priority = 900

    dynamic "grpc_route" {
      for_each = var.edited ? [] : [1]

      content {
        match {
          port = 9090
        }

        action {
          weighted_target {
            virtual_node = aws_appmesh_virtual_node.storefront.name
            weight       = 1
            port         = 9090
          }
        }
      }
    }

    dynamic "http_route" {
      for_each = var.edited ? [1] : []

      content {
        match {
          prefix = "/"
          port   = 8080
        }

        action {
          weighted_target {
            virtual_node = aws_appmesh_virtual_node.storefront.name
            weight       = 1
            port         = 8080
          }
        }
      }
    }
  }
}

resource "aws_appmesh_route" "storefront_tcp" {
  name                = "tcp"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.storefront.name

  spec {
    tcp_route {
      match {
        port = var.edited ? 15432 : 5432
      }

      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.storefront.name
          weight       = 1
          port         = var.edited ? 5433 : 5432
        }
      }

      timeout {
        idle {
          unit  = "s"
          value = 7200
        }
      }
    }
  }
}

# Without a match.
resource "aws_appmesh_route" "ledger" {
  name                = "ledger"
  mesh_name           = local.mesh
  virtual_router_name = aws_appmesh_virtual_router.ledger.name

  spec {
    tcp_route {
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.ledger.name
          weight       = var.edited ? 2 : 1
        }
      }
    }
  }
}
