using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>The index for lists and watches: the last record of every run.</summary>
public interface IRunIndex
{
    /// <summary>Adds or updates a run. Older records of it are ignored.</summary>
    /// <param name="record">The record.</param>
    void Put(RunRecord record);

    /// <summary>The version of the last indexed change; null if this index cannot tell without a query.</summary>
    long? Latest => null;

    /// <summary>A page of runs in key order.</summary>
    /// <param name="query">Filters and page.</param>
    ValueTask<Page<RunRecord>> List(RunQuery query);

    /// <summary>The changes of matching runs in order; see <see cref="IOperations.WatchRuns"/>.</summary>
    /// <param name="query">Filters.</param>
    /// <param name="after">The version of the last change seen; absent: begin with the current state.</param>
    /// <param name="cancellation">Ends the stream.</param>
    IAsyncEnumerable<(long Version, RunRecord Run)> Watch(RunQuery query, long? after, CancellationToken cancellation);

    /// <summary>Takes telemetry of a run that lives on this host; see <see cref="ReportedRuns.Put"/>.</summary>
    /// <param name="run">The run, which runs.</param>
    /// <param name="report">The values, already checked.</param>
    Result<RunTelemetry> Report(RunRecord run, WorkloadReport report);

    /// <summary>
    /// What was last reported about runs, wherever they live. A run without reports, or whose host cannot be asked
    /// now, is left out.
    /// </summary>
    /// <param name="runs">The runs.</param>
    ValueTask<IReadOnlyList<ReportedRun>> Reported(IReadOnlyList<RunKey> runs);

    /// <summary>The number of runs in each phase and flavor.</summary>
    ValueTask<IReadOnlyList<PhaseCount>> Count();

    /// <summary>What the runs take that cannot leave memory yet, with all that this host has put so far.</summary>
    ValueTask<OpenLoad> Load();
}

/// <summary>The number of runs of a flavor in a phase.</summary>
/// <param name="Flavor">The flavor.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Runs">The number of runs.</param>
public sealed record PhaseCount(string Flavor, RunPhase Phase, int Runs);
