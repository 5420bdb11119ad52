using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>The scheduler as a service: how much it decides, how fast, and with how many errors.</summary>
internal static class SchedulerPerformance
{
    public static Dashboard Make() => new(
        "scheduler-performance", "Jobtree / Scheduler performance",
        "How much the scheduler decides, how fast, with how many errors, and how busy it is.",
        new Row("Now",
            Stat("Throughput", "Decisions per second, of any outcome.", Unit.PerSecond, Rate(Catalogue.Decisions)),
            Stat("Latency p99", "99 % of the admissions were decided within this time.", Unit.Seconds,
                Quantile(0.99, Catalogue.AdmissionLatency)),
            Stat("Errors", "Errors per second of all components.", Unit.PerSecond, OrZero(Rate(Catalogue.Errors)))
                with { Thresholds = new(1, 10) },
            Stat("Queue depth", "Runs that have not started.", Unit.Count, Sum(Catalogue.QueueDepth))
                with { Thresholds = new(1000, 5000) },
            Gauge("GPUs in use", "Part of the GPUs that runs hold.",
                Share(Sum(Catalogue.Gpus, where: "state='used'"), Sum(Catalogue.Gpus))) with { Thresholds = null },
            Gauge("Processor", "Part of its processors that the busiest silo uses.", $"max({HostSeries.Processor})")),
        new Row("Throughput and latency",
            Stack("Throughput by outcome", "Decisions per second: bound, reserved, waiting, ended, reclaimed.",
                Unit.PerSecond, ("{{outcome}}", Rate(Catalogue.Decisions, "outcome"))),
            Lines("Latency percentiles", "Time from the arrival of a run to its decision.", Unit.Seconds,
                ("p50", Quantile(0.5, Catalogue.AdmissionLatency)),
                ("p95", Quantile(0.95, Catalogue.AdmissionLatency)),
                ("p99", Quantile(0.99, Catalogue.AdmissionLatency))),
            HeatMap("Latency distribution", "Admissions by their latency: two bands are two kinds of admissions.",
                Unit.Seconds, Heat(Catalogue.AdmissionLatency)),
            Lines("Latency p95 by flavor", "95 % of a flavor's admissions were decided within this time.",
                Unit.Seconds, ("{{flavor}}", Quantile(0.95, Catalogue.AdmissionLatency, "flavor"))),
            Lines("Scheduler latency p99 by priority",
                "99 % of the attempts of each component, in ms as the objective of 1 ms has it; the buckets end at 10.",
                Unit.Milliseconds,
                ("{{component}} {{priority}}", Quantile(0.99, Catalogue.SchedulerLatencyMs, "component, priority"))),
            Lines("Forecast latency p95", "95 % of the forecasts of a flavor's queue took at most this long.",
                Unit.Seconds, ("{{flavor}}", Quantile(0.95, Catalogue.ForecastLatency, "flavor")))),
        new Row("Errors and queue",
            Columns("Error timeline", "Errors per second by component and kind.", Unit.PerSecond,
                ("{{component}} {{error_type}}", Rate(Catalogue.Errors, "component, error_type")))
                with { WhenEmpty = "no errors" },
            Stack("Queue depth by flavor", "Runs that have not started.", Unit.Count,
                ("{{flavor}}", Sum(Catalogue.QueueDepth, "flavor"))),
            Lines("Backlog", "Forecast time until all that waits now has started.", Unit.Seconds,
                ("{{flavor}}", Max(Catalogue.Backlog, "flavor")))),
        new Row("Utilization",
            Stack("GPUs by state", "GPUs that are free, used, cordoned, fenced.", Unit.Count,
                ("{{state}}", Sum(Catalogue.Gpus, "state"))),
            Lines("Processor by silo", "Part of its processors that each silo uses.", Unit.Ratio,
                ("{{instance}}", HostSeries.Processor)) with { Max = 1 },
            Lines("Memory by silo", "Part of its memory limit that each silo uses.", Unit.Ratio,
                ("{{instance}}", HostSeries.Memory)) with { Max = 1 }));
}
