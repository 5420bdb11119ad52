output "dashboards" {
  description = "The names of the dashboards' ConfigMaps."
  value       = [for map in kubernetes_config_map_v1.dashboard : map.metadata[0].name]
}

output "prometheus_rules" {
  description = "The names of the PrometheusRules."
  value       = [for name in keys(local.rules) : "${var.name}-${name}"]
}
