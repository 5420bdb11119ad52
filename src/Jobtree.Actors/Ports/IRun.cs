using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Ports;

/// <summary>A run: sole writer of its spec and status. It drives its own admission.</summary>
public interface IRun
{
    /// <summary>
    /// Submits the run. The same spec again changes nothing. A spec that differs in the desired width alone sets that
    /// width. Any other spec is a conflict while the run is live. After its end, the run can be submitted anew.
    /// </summary>
    /// <param name="submission">What to run.</param>
    ValueTask<Result<RunRecord>> Submit(Submission submission);

    /// <summary>Reports that the workload ended.</summary>
    /// <param name="report">How it ended.</param>
    ValueTask<Result<RunRecord>> Complete(CompletionReport report);

    /// <summary>Cancels the waiting or running run.</summary>
    /// <param name="operation">The command.</param>
    ValueTask<Result<RunRecord>> Cancel(FleetCommand operation);

    /// <summary>Holds a waiting run back: it leaves the queue and keeps its place.</summary>
    /// <param name="hold">Who holds it, and why.</param>
    ValueTask<Result<RunRecord>> Hold(HoldCommand hold);

    /// <summary>Lets a held run go on.</summary>
    /// <param name="release">Who lets it go on.</param>
    ValueTask<Result<RunRecord>> Release(HoldRelease release);

    /// <summary>Adds a sponsor while the run waits.</summary>
    /// <param name="sponsor">The owner to borrow from.</param>
    /// <param name="operation">The command.</param>
    ValueTask<Result<RunRecord>> AddSponsor(string sponsor, FleetCommand operation);

    /// <summary>Lowers the desired width of an elastic run, which shrinks to it if it runs.</summary>
    /// <param name="gpus">How many GPUs less than it has, or than it would start with.</param>
    /// <param name="operation">The command's id.</param>
    ValueTask<Result<RunRecord>> Shrink(int gpus, FleetCommand operation);

    /// <summary>Takes telemetry of the running attempt. It is not recorded.</summary>
    /// <param name="report">The values.</param>
    ValueTask<Result<RunTelemetry>> Report(WorkloadReport report);

    /// <summary>The run's current record; null if it was never submitted.</summary>
    ValueTask<RunRecord?> Get();

    /// <summary>Delivers a fact of the flavor. Delivered at least once and in order; repeats are ignored.</summary>
    /// <param name="fact">The fact.</param>
    ValueTask Notify(RunFact fact);

    /// <summary>
    /// Resumes after a restart or a wait: repeats interrupted requests, looks at the upstream runs that it waits for,
    /// and has the executor resume. Safe to repeat.
    /// </summary>
    ValueTask Resume();
}
