# A cluster without the Prometheus operator: only Grafana's dashboards.
namespace               = "grafana"
create_prometheus_rules = false
create_service_monitor  = false
