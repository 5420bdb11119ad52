using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>All components at a glance.</summary>
internal static class SystemOverview
{
    public static Dashboard Make() => new(
        "system-overview", "Jobtree / System overview",
        "All components at a glance: who is up, how long they wait for each other, errors, use, firing alerts.",
        new Row("Health",
            Stat("Silos up", "Silos that Prometheus reaches.", Unit.Count, Sum("up")),
            Stat("Silos down", "Silos that Prometheus knows and does not reach.", Unit.Count,
                $"count({((Series)"up").Where()} == 0) or vector(0)") with { Thresholds = new(1, 1.01) },
            Stat("Open breakers", "Dependencies to which calls fail fast.", Unit.Count, Sum(Catalogue.BreakerOpen))
                with { Thresholds = new(1, 1.01) },
            Stat("Slowest loop", "The longest time since a loop's last success; an alert fires after ten minutes.",
                Unit.Seconds, $"max(time() - {Max(Catalogue.LastSuccess, "loop")})")
                with { Thresholds = new(120, 600) },
            Stat("Firing alerts", "Alerts that fire now, of all that Prometheus evaluates.", Unit.Count,
                "count(ALERTS{alertstate=\"firing\"}) or vector(0)") with { Thresholds = new(1, 1000) },
            Stat("Ledger violations", "Broken invariants in the time range. Must be 0.", Unit.Count,
                Counted(Catalogue.LedgerViolations)) with { Thresholds = new(1, 1.01) },
            Lines("Silos", "1 while Prometheus reaches a silo.", Unit.Plain, ("{{instance}}", Max("up", "instance")))
                with { Max = 1 },
            Table("Alerts", "Alerts that fire or are about to.", Unit.Count,
                ("alerts", "sum by (alertname, severity, alertstate) (ALERTS)")),
            Table("Uptime", "Seconds since each silo started.", Unit.Seconds,
                ("uptime", $"time() - {Max(Catalogue.ProcessStart, "instance")}"))),
        new Row("Latencies between components",
            Lines("Latency p95 of each component",
                "95 % of the calls took at most this long: the API's from its callers, admission from the API, grains "
                    + "from each other, the journal from grains, Redis and executor from the silo.",
                Unit.Seconds,
                ("API", Quantile(0.95, Catalogue.ApiRequestDuration)),
                ("admission", Quantile(0.95, Catalogue.AdmissionLatency)),
                ("grain calls", Quantile(0.95, Catalogue.GrainCallDuration)),
                ("journal", Quantile(0.95, Catalogue.JournalAppendLatency)),
                ("Redis", Quantile(0.95, Catalogue.RedisRoundTrip)),
                ("executor", Quantile(0.95, Catalogue.ExecutorOrderDuration))),
            Lines("Client SDK p95", "95 % of the calls of programs that use the client took at most this long.",
                Unit.Seconds, ("{{operation}}", $"histogram_quantile(0.95, sum by (le, operation) (rate("
                    + $"{OfAnyJob(Catalogue.SdkRequestDuration).Part("_bucket").Where()}[{RateWindow}])))")),
            Lines("Client SDK calls in progress", "Calls of programs that use the client and wait for an answer.",
                Unit.Count, ("{{operation}}", Sum(OfAnyJob(Catalogue.SdkRequestsInProgress), "operation")))),
        new Row("Errors",
            Columns("Errors by component", "Errors per second of all silos.", Unit.PerSecond,
                ("{{component}} {{severity}}", Rate(Catalogue.Errors, "component, severity")))
                with { WhenEmpty = "no errors" },
            Lines("Share of failed calls",
                "Part of the API's answers with status 500 or above, and of the grains' calls that failed.",
                Unit.Ratio,
                ("API", $"({OrZero(Count(Catalogue.ApiRequestDuration, "code=~'5..'"))}) / "
                    + Count(Catalogue.ApiRequestDuration, "")),
                ("grains", $"({OrZero(Count(Catalogue.GrainCallDuration, "outcome!='ok'"))}) / "
                    + Count(Catalogue.GrainCallDuration, ""))) with { Max = 1 },
            Stack("Client SDK calls by outcome", "Calls per second of programs that use the client.", Unit.PerSecond,
                ("{{outcome}}", Rate(OfAnyJob(Catalogue.SdkRequests), "outcome")))),
        new Row("Utilization",
            Lines("GPUs in use", "Part of the GPUs that runs hold.", Unit.Ratio,
                ("{{flavor}}",
                    Share(Sum(Catalogue.Gpus, "flavor", "state='used'"), Sum(Catalogue.Gpus, "flavor"))))
                with { Max = 1 },
            Lines("Processor by silo", "Part of its processors that each silo uses.", Unit.Ratio,
                ("{{instance}}", HostSeries.Processor)) with { Max = 1 },
            Lines("Memory by silo", "Part of its memory limit that each silo uses.", Unit.Ratio,
                ("{{instance}}", HostSeries.Memory)) with { Max = 1 }));

    /// <summary>Programs that use the client are scraped under job names of their own.</summary>
    private static Series OfAnyJob(Series series) => series with { Selected = [] };

    private static string Count(MetricDefinition histogram, string where) =>
        Rate(histogram.Part("_count"), where: where);
}
