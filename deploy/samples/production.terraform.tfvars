# What watches a fleet in production: dashboards, rules and the scrape.
namespace             = "monitoring"
silos_namespace       = "jobtree"
prometheus_labels     = { release = "prometheus" }
scrape_token_secret   = "jobtree-metrics"
dashboard_annotations = { grafana_folder = "Jobtree" }
