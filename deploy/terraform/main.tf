# What watches a fleet, as the Helm chart installs it: the same dashboards, rules and scrape. dashboards/ and rules/ are
# copies that ./jobtree monitoring generate makes.

locals {
  labels = merge(var.labels, {
    "app.kubernetes.io/name"       = "jobtree"
    "app.kubernetes.io/instance"   = var.name
    "app.kubernetes.io/managed-by" = "terraform"
  })

  dashboards = var.create_dashboards ? merge(
    { for file in fileset("${path.module}/dashboards", "*.json") :
    trimsuffix(file, ".json") => file("${path.module}/dashboards/${file}") },
    var.extra_dashboards,
  ) : {}

  rules = var.create_prometheus_rules ? {
    for file in fileset("${path.module}/rules", "*.rules.yaml") :
    trimsuffix(file, ".rules.yaml") => yamldecode(file("${path.module}/rules/${file}"))
  } : {}
}

# One each: a ConfigMap holds 1 MiB at most.
resource "kubernetes_config_map_v1" "dashboard" {
  for_each = local.dashboards

  metadata {
    name        = "${var.name}-dashboard-${each.key}"
    namespace   = var.namespace
    labels      = merge(local.labels, { grafana_dashboard = "1" })
    annotations = var.dashboard_annotations
  }

  data = {
    "${each.key}.json" = each.value
  }
}

resource "kubernetes_manifest" "prometheus_rule" {
  for_each = local.rules

  manifest = {
    apiVersion = "monitoring.coreos.com/v1"
    kind       = "PrometheusRule"
    metadata = {
      name      = "${var.name}-${each.key}"
      namespace = var.namespace
      labels    = merge(var.prometheus_labels, local.labels)
    }
    spec = each.value
  }
}

resource "kubernetes_manifest" "service_monitor" {
  count = var.create_service_monitor ? 1 : 0

  manifest = {
    apiVersion = "monitoring.coreos.com/v1"
    kind       = "ServiceMonitor"
    metadata = {
      name      = var.name
      namespace = var.namespace
      labels    = merge(var.prometheus_labels, local.labels)
    }
    spec = {
      namespaceSelector = { matchNames = [var.silos_namespace] }
      selector = {
        matchLabels = {
          "app.kubernetes.io/name"      = "jobtree"
          "app.kubernetes.io/instance"  = var.silos_instance
          "app.kubernetes.io/component" = "silo"
        }
      }
      endpoints = [{
        port          = "api"
        path          = "/metrics"
        # The series of a run have a label namespace of their own.
        honorLabels   = true
        scheme        = "http"
        interval      = var.scrape_interval
        scrapeTimeout = "10s"
        authorization = {
          type        = "Bearer"
          credentials = { name = var.scrape_token_secret, key = "token" }
        }
        relabelings = [
          { targetLabel = "job", replacement = "jobtree" },
          { sourceLabels = ["__meta_kubernetes_pod_name"], targetLabel = "instance" },
        ]
      }]
    }
  }
}
