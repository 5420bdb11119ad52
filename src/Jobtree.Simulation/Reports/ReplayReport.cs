using System.Collections.Immutable;
using System.Globalization;
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
/// <param name="Schedulers">One entry per scheduler, the one under test first; of several seeds the medians.</param>
internal sealed record ReplayReport(
    string Schema, TraceFigures Trace, FleetFigures Fleet, ImmutableArray<SchedulerFigures> Schedulers)
{
    /// <summary>The schema that this code writes.</summary>
    public const string CurrentSchema = "jobtree-replay/1";

    /// <summary>Computes the report of schedulers that ran once each.</summary>
    public static ReplayReport Of(JobTrace trace, ReplayOptions options, IEnumerable<ReplayOutcome> outcomes) =>
        Of(trace, options, [.. outcomes.Select(outcome => new SeededOutcomes(outcome))]);

    /// <summary>Computes the report.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="options">The fleet, with the first seed.</param>
    /// <param name="outcomes">The outcomes of each scheduler.</param>
    public static ReplayReport Of(
        JobTrace trace, ReplayOptions options, IReadOnlyCollection<SeededOutcomes> outcomes) => new(
        CurrentSchema,
        TraceFigures.Of(trace, options),
        FleetFigures.Of(options, outcomes.Max(one => one.Runs.Length)),
        [.. outcomes.Select(one => Figures(trace, options, one))]);

    private static SchedulerFigures Figures(JobTrace trace, ReplayOptions options, SeededOutcomes outcomes)
    {
        var runs = outcomes.Runs.Select(run => new Measure(trace, options, run).Figures()).ToImmutableArray();
        return runs.Length == 1 ? runs[0] : new MedianFigures(runs).Figures() with
        {
            Seeds = [.. outcomes.Seeds.Zip(runs, (seed, figures) => new SeedFigures(seed, figures))],
        };
    }
}

/// <summary>The trace that was replayed.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="Jobs">GPU jobs.</param>
/// <param name="Format">The format of the file; null if it was not read from one.</param>
/// <param name="CpuOnlyJobsLeftOut">Rows that asked for no GPU.</param>
/// <param name="LeftOut">All rows that were left out, by reason; null if there are none.</param>
/// <param name="Clusters">Virtual clusters.</param>
/// <param name="Owners">Users in their virtual clusters; where the trace knows no users, the virtual clusters.</param>
/// <param name="ArrivalWindowHours">From the first arrival to the last.</param>
/// <param name="GpuHours">The GPU-hours of all jobs.</param>
/// <param name="OfferedLoadGpus">The work divided by the arrival window: the mean number of GPUs that it would keep
/// busy. Jobs wider than the fleet offer it none.</param>
internal sealed record TraceFigures(
    string Name, string? Format, int Jobs, int CpuOnlyJobsLeftOut, ImmutableArray<RowsLeftOut>? LeftOut, int Clusters,
    int Owners, double ArrivalWindowHours, double GpuHours, double OfferedLoadGpus)
{
    /// <summary>Computes the figures of a trace.</summary>
    public static TraceFigures Of(JobTrace trace, ReplayOptions options)
    {
        var hours = trace.ArrivalWindow.TotalHours;
        var offered = trace.Jobs.Where(job => job.Gpus <= options.FleetGpus).Sum(job => job.GpuHours);
        return new TraceFigures(
            trace.Name, trace.Origin.Format, trace.Jobs.Length, trace.CpuOnlyJobs,
            trace.Origin.LeftOut.IsEmpty ? null
                : [.. trace.Origin.LeftOut.Select(left => new RowsLeftOut(left.Key.InWords(), left.Value))],
            trace.Clusters.Length, trace.Owners.Length, hours, trace.GpuHours, hours > 0 ? offered / hours : 0);
    }
}

/// <summary>Rows of a trace that became no jobs.</summary>
/// <param name="Because">Why, for each of them.</param>
/// <param name="Rows">How many.</param>
internal sealed record RowsLeftOut(string Because, int Rows)
{
    /// <summary>A sentence of how many were left out and why.</summary>
    public static string InWords(IEnumerable<RowsLeftOut> all) =>
        $"Rows left out: {string.Join(", ", all.Select(left => left.InWords()))}.";

    private string InWords() => string.Create(CultureInfo.InvariantCulture, $"{Rows:#,0} ({Because})");
}

/// <summary>The fleet, the budgets and the rules of the replay.</summary>
internal sealed record FleetFigures(
    int Nodes, int GpusPerNode, int NodesPerDomain, int Gpus, string Flavor, double BudgetsOverFleet,
    string DurationEstimates, ulong Seed, int? Seeds)
{
    /// <summary>Computes the figures of the options.</summary>
    /// <param name="options">The options, with the first seed.</param>
    /// <param name="seeds">How many seeds ran, the next numbers in order.</param>
    public static FleetFigures Of(ReplayOptions options, int seeds) => new(
        options.Nodes,
        options.GpusPerNode,
        options.NodesPerDomain,
        options.FleetGpus,
        options.Flavor,
        options.Overcommit,
        options.Estimates.ToString().ToLowerInvariant(),
        options.Seed,
        seeds > 1 ? seeds : null);
}
