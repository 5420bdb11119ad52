variable "namespace" {
  description = "The namespace of dashboards, rules and ServiceMonitor; it must exist."
  type        = string
  default     = "monitoring"

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be a name of Kubernetes: 1 to 63 lower-case letters, digits and '-'."
  }
}

variable "name" {
  description = "The prefix of all names."
  type        = string
  default     = "jobtree"

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", var.name))
    error_message = "name must begin with a letter and have 1 to 40 lower-case letters, digits and '-'."
  }
}

variable "labels" {
  description = "More labels of everything."
  type        = map(string)
  default     = {}
}

variable "create_dashboards" {
  description = "Whether to make a ConfigMap for each dashboard, with the label that Grafana's sidecar looks for."
  type        = bool
  default     = true
}

variable "dashboard_annotations" {
  description = "Annotations of the dashboards, for example the folder."
  type        = map(string)
  default     = { grafana_folder = "Jobtree" }
}

variable "extra_dashboards" {
  description = "More dashboards: JSON by name."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for name, json in var.extra_dashboards :
      can(regex("^[a-z0-9]([-a-z0-9]{0,58}[a-z0-9])?$", name)) && can(jsondecode(json)) && length(json) < 1000000
    ])
    error_message = "extra_dashboards: names have up to 60 lower-case letters, digits and '-'; values are JSON below 1 MB."
  }
}

variable "create_prometheus_rules" {
  description = "Whether to make the PrometheusRules; needs the Prometheus operator."
  type        = bool
  default     = true
}

variable "prometheus_labels" {
  description = "Labels by which Prometheus finds its rules and ServiceMonitors."
  type        = map(string)
  default     = {}
}

variable "create_service_monitor" {
  description = "Whether to make the ServiceMonitor; needs the Prometheus operator."
  type        = bool
  default     = true
}

variable "silos_namespace" {
  description = "Where the silos are."
  type        = string
  default     = "jobtree"

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.silos_namespace))
    error_message = "silos_namespace must be a name of Kubernetes: 1 to 63 lower-case letters, digits and '-'."
  }
}

variable "silos_instance" {
  description = "The release of the silos: the label app.kubernetes.io/instance of their Service."
  type        = string
  default     = "jobtree"

  validation {
    condition     = length(var.silos_instance) > 0
    error_message = "silos_instance must not be empty."
  }
}

variable "scrape_interval" {
  description = "How often each silo is scraped."
  type        = string
  default     = "15s"

  validation {
    condition     = can(regex("^[1-9][0-9]*(ms|s|m|h)$", var.scrape_interval))
    error_message = "scrape_interval must be a duration of Prometheus, for example 15s."
  }
}

variable "scrape_token_secret" {
  description = "The Secret in namespace with the token (key: token) of the role viewer and the owner '*'."
  type        = string
  default     = "jobtree-metrics"

  validation {
    condition     = length(var.scrape_token_secret) > 0
    error_message = "scrape_token_secret must not be empty: the silos' metrics need a token."
  }
}
