using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>How the scheduler serves the fleet: admissions, queue, cuts, budgets.</summary>
internal static class JobtreeObservability
{
    public static Dashboard Make() => new(
        "jobtree-observability", "Jobtree / Observability",
        "How fast runs are admitted, how long the queue is, what was cut for whom, and who uses the GPUs.",
        new Row("Now",
            Stat("Running runs", "Runs that hold GPUs.", Unit.Count, Sum(Catalogue.Runs, where: "phase='running'")),
            Stat("Queued runs", "Runs that have not started: waiting and reserved ones.", Unit.Count,
                Sum(Catalogue.QueueDepth)),
            Stat("Backlog", "Forecast time until all that waits now has started, of the slowest flavor.",
                Unit.Seconds, Max(Catalogue.Backlog)) with { Thresholds = new(900, 1800) },
            Stat("Admission p95", "95 % of the admissions were decided within this time.", Unit.Seconds,
                Quantile(0.95, Catalogue.AdmissionLatency)),
            Gauge("GPUs in use", "Part of the GPUs that runs hold, cordoned and fenced ones included in the whole.",
                Share(Sum(Catalogue.Gpus, where: "state='used'"), Sum(Catalogue.Gpus))) with { Thresholds = null },
            Stat("Ledger violations", "Broken invariants in the time range. Must be 0: see the runbook.", Unit.Count,
                Counted(Catalogue.LedgerViolations)) with { Thresholds = new(1, 1.01) }),
        new Row("Admission",
            Latency("p50", 0.5), Latency("p95", 0.95), Latency("p99", 0.99),
            Stack("Admissions by result", "Admission attempts per second, by their outcome.", Unit.PerSecond,
                ("{{result}}", Rate(Catalogue.AdmissionLatency.Part("_count"), "result"))),
            Lines("Time to start", "Time from the submission of a run to its first start, of runs that started.",
                Unit.Seconds,
                ("p50", Quantile(0.5, Catalogue.RunWait)), ("p95", Quantile(0.95, Catalogue.RunWait)))),
        new Row("Queue and forecast",
            Lines("Backlog by flavor", "Forecast time until all that waits now has started. An alert fires at 30 min.",
                Unit.Seconds, ("{{flavor}}", Max(Catalogue.Backlog, "flavor"))),
            Stack("Queue by reason", "Runs that have not started: waiting ones hold nothing, reserved ones a date.",
                Unit.Count, ("{{reason}}", Sum(Catalogue.QueueDepth, "reason"))),
            Lines("GPUs asked for by the queue", "GPUs of all runs that have not started.", Unit.Count,
                ("{{flavor}}", Sum(Catalogue.QueueGpus, "flavor"))),
            Columns("Promises moved by cause",
                "Promised starts of reservations that moved later, per hour, by the fact that changed.",
                Unit.Count, ("{{cause}}", $"3600 * {Rate(Catalogue.PromiseMoves, "cause")}")),
            Lines("Forecast error",
                "Actual minus forecast start of runs that had waited: above 0 they started later than forecast.",
                Unit.Seconds,
                ("p10", Quantile(0.1, Catalogue.ForecastError)),
                ("p50", Quantile(0.5, Catalogue.ForecastError)),
                ("p90", Quantile(0.9, Catalogue.ForecastError))) with { Min = null },
            Lines("Forecast latency", "95 % of the forecasts took at most this long, by flavor.", Unit.Seconds,
                ("{{flavor}}", Quantile(0.95, Catalogue.ForecastLatency, "flavor")))),
        new Row("Resolver and placement",
            Columns("Resolver actions by kind",
                "Cuts for funded demand, per minute. More than five a minute for five minutes is a storm.",
                Unit.PerMinute, ("{{kind}}", $"60 * {Rate(Catalogue.ResolverActions, "kind")}")),
            Lines("Fragmentation",
                "1 - largest free block in one fabric domain / all free GPUs. Near 1, large gangs do not fit although "
                    + "GPUs are free.",
                Unit.Ratio, ("{{flavor}}", Max(Catalogue.Fragmentation, "flavor"))) with { Max = 1 },
            Lines("Stranded GPUs",
                "Free GPUs that no group of that many on one node can use, because they are scattered over nodes.",
                Unit.Count, ("{{flavor}}, groups of {{group}}", Max(Catalogue.StrandedGpus, "flavor, group"))),
            Lines("Spares", "GPUs under an open spare lease: a failed node is replaced from them.", Unit.Count,
                ("{{flavor}}", Sum(Catalogue.SpareGpus, "flavor")))),
        new Row("Elastic runs and spares",
            Lines("Width of elastic runs", "GPUs that running elastic runs hold, spares not counted.", Unit.Count,
                ("{{flavor}}", Sum(Catalogue.ElasticWidth, "flavor"))),
            Columns("Elastic runs resized", "Times per minute that running runs gained or lost GPUs and went on.",
                Unit.PerMinute,
                ("grown", $"60 * {Rate(Catalogue.ElasticGrows)}"),
                ("shrunk", $"60 * {Rate(Catalogue.ElasticShrinks)}")),
            Columns("Spares swapped in", "Spare leases that took the place of GPUs of failed nodes, per minute.",
                Unit.PerMinute, ("{{flavor}}", $"60 * {Rate(Catalogue.Swaps, "flavor")}"))),
        new Row("Budgets",
            Stack("GPUs by class", "GPUs of all claims by who pays: the owner, a shared or lending envelope, nobody.",
                Unit.Count, ("{{class}}", Sum(Catalogue.BudgetGpus, "class", "class!='spare'"))),
            Bars("GPU-hours by owner", "GPU-hours that were metered in the time range, all classes.", Unit.Hours,
                ("{{owner}}",
                    $"{Increase(Catalogue.BudgetGpuSeconds, "owner", "class!='spare'", WholeRange)} / 3600")),
            Table("Class mix per envelope", "GPUs of the claims on each envelope by class; spare is a part of them.",
                Unit.Count,
                [.. Classes.Select(name => new Query(
                    name, Sum(Catalogue.BudgetGpus, "owner, budget, envelope, flavor", $"class='{name}'")))])
                with { IsWide = true }));

    private static readonly string[] Classes = ["owned", "shared", "borrowed", "unfunded", "spare"];

    private static Panel Latency(string name, double quantile) => Lines(
        $"Admission latency {name} by result",
        "Time from the arrival of a run to its decision. Bound starts at once, reserved gets a date, waiting neither.",
        Unit.Seconds, ("{{result}}", Quantile(quantile, Catalogue.AdmissionLatency, "result")));
}
