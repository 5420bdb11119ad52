using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Ports;

/// <summary>A run: sole writer of its spec and of what became of it. It drives its own admission.</summary>
public interface IRun
{
    /// <summary>
    /// Submits the run. The same spec again is no change; another spec while it lives is a conflict; after its end it
    /// is submitted anew.
    /// </summary>
    /// <param name="submission">What to run.</param>
    ValueTask<Result<RunRecord>> Submit(Submission submission);

    /// <summary>Reports that the workload ended.</summary>
    /// <param name="report">How it ended.</param>
    ValueTask<Result<RunRecord>> Complete(CompletionReport report);

    /// <summary>Cancels the run, waiting or running.</summary>
    /// <param name="operation">The command's id.</param>
    ValueTask<Result<RunRecord>> Cancel(string operation);

    /// <summary>Adds a sponsor while the run waits.</summary>
    /// <param name="sponsor">The owner to borrow from.</param>
    /// <param name="operation">The command's id.</param>
    ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation);

    /// <summary>The run as it stands; null: it was never submitted.</summary>
    ValueTask<RunRecord?> Get();

    /// <summary>Tells what happened in the flavor. At least once, in order; what was seen is ignored.</summary>
    /// <param name="fact">The fact.</param>
    ValueTask Notify(RunFact fact);

    /// <summary>Goes on after a restart: asks again what a crash cut off, and has the executor resume.</summary>
    ValueTask Resume();
}
