using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>What trains on the fleet, and how it ends.</summary>
internal static class TrainingOverview
{
    private const string Ended = "status=~'succeeded|failed'";

    private static readonly string EndedByFlavor = Rate(Catalogue.RunsFinished, "flavor", Ended, "15m");

    public static Dashboard Make() => new(
        "training-overview", "Jobtree / Training overview",
        "How many runs train, how many succeed and fail, how long they take, and how well they use their GPUs.",
        new Row("Now",
            Stat("Active runs", "Runs that hold GPUs.", Unit.Count, Sum(Catalogue.Runs, where: "phase='running'")),
            Stat("Success rate", "Part of the runs that ended by themselves in the time range and succeeded.",
                Unit.Ratio, Share(Finished("status='succeeded'"), Finished(Ended)))
                with { Max = 1, Thresholds = new(0.95, 0.9) },
            Stat("Failed runs", "Runs that failed in the time range.", Unit.Count,
                Counted(Catalogue.RunsFinished, "status='failed'"))
                with { Thresholds = new(1, 10) },
            Stat("Average duration", "Mean time from the last start to the end, of runs that ended in the time range.",
                Unit.Seconds, Average(Catalogue.RunDuration, window: WholeRange)),
            Gauge("GPUs in use", "Part of the GPUs that runs hold.",
                Share(Sum(Catalogue.Gpus, where: "state='used'"), Sum(Catalogue.Gpus))) with { Thresholds = null },
            Gauge("GPU utilization", "Mean utilization of the GPUs of runs that report it.",
                Mean(Catalogue.RunGpuUtilization)) with { Thresholds = new(0.5, 0.3) }),
        new Row("Runs",
            Stack("Runs by phase", "Live runs: pending, reserved, running.", Unit.Count,
                ("{{phase}}", Sum(Catalogue.Runs, "phase"))),
            Columns("Ended runs by status",
                "Runs that ended, per minute. Preempted counts attempts that were cut; such a run queues again.",
                Unit.PerMinute, ("{{status}}", $"60 * {Rate(Catalogue.RunsFinished, "status")}")),
            Lines("Failure rate by flavor (15 m)",
                "Part of the runs that ended by themselves within 15 minutes and failed.", Unit.Ratio,
                ("{{flavor}}",
                    $"({Rate(Catalogue.RunsFinished, "flavor", "status='failed'", "15m")} or 0 * {EndedByFlavor}) / "
                    + EndedByFlavor)) with { Max = 1 }),
        new Row("Duration and wait",
            Lines("Run duration", "Time from the last start of a run to its end, of all statuses.", Unit.Seconds,
                ("average", Average(Catalogue.RunDuration)),
                ("p50", Quantile(0.5, Catalogue.RunDuration)), ("p95", Quantile(0.95, Catalogue.RunDuration))),
            Lines("Average duration by flavor", "Mean time from the last start of a run to its end.", Unit.Seconds,
                ("{{flavor}}", Average(Catalogue.RunDuration, "flavor"))),
            Lines("Wait for a start", "95 % of the runs that started had waited at most this long.", Unit.Seconds,
                ("{{flavor}}", Quantile(0.95, Catalogue.RunWait, "flavor")))),
        new Row("Utilization",
            Lines("GPUs in use by flavor", "Part of a flavor's GPUs that runs hold.", Unit.Ratio,
                ("{{flavor}}",
                    Share(Sum(Catalogue.Gpus, "flavor", "state='used'"), Sum(Catalogue.Gpus, "flavor"))))
                with { Max = 1 },
            Lines("GPU utilization by namespace", "Mean utilization of the GPUs of runs that report it.", Unit.Ratio,
                ("{{namespace}}", Mean(Catalogue.RunGpuUtilization, "namespace"))) with { Max = 1 },
            Columns("Dropped reports", "Reports of workloads that were not taken, per minute, by source and reason.",
                Unit.PerMinute,
                ("{{source}} {{reason}}", $"60 * {Rate(Catalogue.TelemetryDropped, "source, reason")}"))
                with { WhenEmpty = "nothing dropped" },
            Table("Reporting runs", "The last report of each run; a run's details are a click away.", Unit.Plain,
                ("epoch", Max(Catalogue.RunEpoch, "namespace, run")),
                ("loss", Max(Catalogue.RunLoss, "namespace, run")),
                ("progress", Max(Catalogue.RunProgress, "namespace, run")))
                with { Link = new PanelLink("Details of the run", "training-job-detail", "namespace", "run") }));

    private static string Finished(string where) => Increase(Catalogue.RunsFinished, where: where, window: WholeRange);
}
