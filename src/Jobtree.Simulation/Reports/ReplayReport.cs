using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>
/// The figures of a replay, as written to <c>figures.json</c>. Names include units; shares are 0 to 1.
/// </summary>
/// <param name="Schema">The name and version of the schema. It changes when a field is removed or changes its
/// meaning.</param>
/// <param name="Trace">The trace.</param>
/// <param name="Fleet">The fleet and the replay rules.</param>
/// <param name="Schedulers">One entry per scheduler, the one under test first.</param>
internal sealed record ReplayReport(
    string Schema, TraceFigures Trace, FleetFigures Fleet, ImmutableArray<SchedulerFigures> Schedulers)
{
    /// <summary>The schema that this code writes.</summary>
    public const string CurrentSchema = "jobtree-replay/1";

    /// <summary>Computes the report.</summary>
    public static ReplayReport Of(JobTrace trace, ReplayOptions options, IEnumerable<ReplayOutcome> outcomes) => new(
        CurrentSchema,
        TraceFigures.Of(trace, options),
        FleetFigures.Of(options),
        [.. outcomes.Select(outcome => new Measure(trace, options, outcome).Figures())]);
}

/// <summary>The trace that was replayed.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="Jobs">GPU jobs.</param>
/// <param name="CpuOnlyJobsLeftOut">Rows that asked for no GPU.</param>
/// <param name="Clusters">Virtual clusters.</param>
/// <param name="ArrivalWindowHours">From the first arrival to the last.</param>
/// <param name="GpuHours">The GPU-hours of all jobs.</param>
/// <param name="OfferedLoadGpus">The work divided by the arrival window: the mean number of GPUs that it would keep
/// busy. Jobs wider than the fleet offer it none.</param>
internal sealed record TraceFigures(
    string Name, int Jobs, int CpuOnlyJobsLeftOut, int Clusters, double ArrivalWindowHours, double GpuHours,
    double OfferedLoadGpus)
{
    /// <summary>Computes the figures of a trace.</summary>
    public static TraceFigures Of(JobTrace trace, ReplayOptions options)
    {
        var hours = trace.ArrivalWindow.TotalHours;
        var offered = trace.Jobs.Where(job => job.Gpus <= options.FleetGpus).Sum(job => job.GpuHours);
        return new TraceFigures(
            trace.Name, trace.Jobs.Length, trace.CpuOnlyJobs, trace.Clusters.Length, hours, trace.GpuHours,
            hours > 0 ? offered / hours : 0);
    }
}

/// <summary>The fleet, the budgets and the rules of the replay.</summary>
internal sealed record FleetFigures(
    int Nodes, int GpusPerNode, int NodesPerDomain, int Gpus, string Flavor, double BudgetsOverFleet,
    string DurationEstimates, ulong Seed)
{
    /// <summary>Computes the figures of the options.</summary>
    public static FleetFigures Of(ReplayOptions options) => new(
        options.Nodes,
        options.GpusPerNode,
        options.NodesPerDomain,
        options.FleetGpus,
        options.Flavor,
        options.Overcommit,
        options.Estimates.ToString().ToLowerInvariant(),
        options.Seed);
}
