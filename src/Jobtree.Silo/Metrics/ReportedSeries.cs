using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;
using Jobtree.Grains.Reporting;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// The series that workloads and agents report: of the runs that live on this silo, and of nodes if the directory does.
/// They follow the exporter's output on the metrics page, so that series of ended runs leave no trace.
/// </summary>
internal sealed class ReportedSeries(IRunReports runs, ReportedNodes nodes)
{
    private static readonly (MetricDefinition Metric, Func<RunTelemetry, double?> Value)[] OfRuns =
    [
        (Catalogue.RunProgress, static telemetry => telemetry.Progress),
        (Catalogue.RunEpoch, static telemetry => telemetry.Epoch),
        (Catalogue.RunLoss, static telemetry => telemetry.Loss),
        (Catalogue.RunGpuUtilization, static telemetry => telemetry.GpuUtilization),
        (Catalogue.RunGpuMemory, static telemetry => telemetry.GpuMemoryBytes),
    ];

    private static readonly (string Resource, Func<NodeUsage, double?> Value)[] OfNodes =
    [
        ("gpu", static usage => usage.Gpu),
        ("cpu", static usage => usage.Cpu),
        ("memory", static usage => usage.Memory),
    ];

    /// <summary>The series as lines of the page; empty if nothing is reported.</summary>
    public string Text()
    {
        var text = new GaugeText();
        var reported = runs.WithSeries();
        foreach (var (metric, value) in OfRuns)
            text.Add(metric, reported.Where(run => value(run.Telemetry) is not null).Select(
                run => ((IReadOnlyList<string>)[run.Run.Namespace, run.Run.Name], value(run.Telemetry)!.Value)));
        text.Add(Catalogue.NodeUsage, nodes.All().SelectMany(node => OfNodes
            .Where(resource => resource.Value(node.Usage) is not null)
            .Select(resource => ((IReadOnlyList<string>)[node.Node, resource.Resource],
                resource.Value(node.Usage)!.Value))));
        return text.ToString();
    }
}
