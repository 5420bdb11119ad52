using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>One training run, as its workload reports it.</summary>
internal static class TrainingJobDetail
{
    private const string Name = "{{namespace}}/{{run}}";

    public static Dashboard Make() => new(
        "training-job-detail", "Jobtree / Training job detail",
        "Progress, epoch, loss, GPU utilization and memory of the chosen runs, as their workloads report them. "
            + "The series of a run go when it ends.",
        new Row("Now",
            Gauge("Progress", "How much of its work the run has done.", (Name, Of(Catalogue.RunProgress)))
                with { Thresholds = null },
            Stat("Epoch", "Epoch that the run is in.", Unit.Plain, (Name, Of(Catalogue.RunEpoch)))
                with { Min = null },
            Stat("Loss", "Last loss that the run reported.", Unit.Plain, (Name, Of(Catalogue.RunLoss)))
                with { Min = null },
            Stat("GPU utilization", "Mean utilization of the run's GPUs.", Unit.Ratio,
                (Name, Of(Catalogue.RunGpuUtilization))) with { Max = 1, Thresholds = new(0.5, 0.3) },
            Stat("GPU memory", "Memory in use on the run's GPUs.", Unit.Bytes,
                (Name, Of(Catalogue.RunGpuMemory)))),
        new Row("Training",
            Lines("Epoch progression", "Epochs over time: a flat line is a run that hangs.", Unit.Plain,
                (Name, Of(Catalogue.RunEpoch))),
            Lines("Loss curve", "Loss over time, as the workload reports it.", Unit.Plain,
                (Name, Of(Catalogue.RunLoss))) with { Min = null },
            Lines("Progress over time", "From 0 to 1.", Unit.Ratio, (Name, Of(Catalogue.RunProgress)))
                with { Max = 1 }),
        new Row("GPUs",
            Lines("GPU utilization over time", "Mean utilization of the run's GPUs. Low values wait for data.",
                Unit.Ratio, (Name, Of(Catalogue.RunGpuUtilization))) with { Max = 1 },
            Lines("GPU memory over time", "Memory in use on the run's GPUs.", Unit.Bytes,
                (Name, Of(Catalogue.RunGpuMemory))),
            Columns("Reports not taken",
                "Of all runs, per minute: malformed lines of workloads, and runs beyond the bound of series. A run "
                    + "without values above may be among them.",
                Unit.PerMinute,
                ("{{source}} {{reason}}", $"60 * {Rate(Catalogue.TelemetryDropped, "source, reason")}"))));

    private static string Of(MetricDefinition metric) => Max(metric, "namespace, run", "run=~'$run'");
}
