using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Silo.Chaos.Load;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>
/// Whether a run that has heard everything, its flavor and its client mean the same: what it runs with and is to run
/// with, that it is in the queue if it waits for room, and that it is held if that was acknowledged.
/// </summary>
internal static class RunAgreement
{
    /// <summary>What they disagree about; null: nothing.</summary>
    /// <param name="run">A run that has not ended.</param>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="submitted">What its client knows.</param>
    public static string? Disagreement(RunRecord run, FlavorState flavor, SubmittedRun? submitted)
    {
        var fault = run.Phase switch
        {
            RunPhase.Running => flavor.Running.GetValueOrDefault(run.Key) is { } running ? Running(run, running)
                : "has no lease",
            RunPhase.Waiting => flavor.Running.ContainsKey(run.Key) ? "holds leases"
                : flavor.Queue.Find(run.Key) is not null ? "is in the queue" : null,
            _ when !run.IsDecided => "was not decided about",
            _ => flavor.Queue.Find(run.Key) is { } waiting ? Waiting(run, waiting) : "is not in the queue",
        };
        fault ??= submitted is null ? null : Client(run, submitted);
        return fault is null ? null : $"{run.Key} is {run.Phase}, attempt {run.Attempt} ({run.Reason}), and {fault}";
    }

    private static string? Running(RunRecord run, RunningRun running)
    {
        if (running.Gpus() != run.Gpus || running.Demand.Attempt != run.Attempt)
            return $"says that it has {run.Gpus} GPUs, and leases {running.Gpus()} in attempt {running.Demand.Attempt}";
        if (run.Spec.Malleable is null)
            return running.Gpus() == run.Spec.Resources.TotalGPUs ? null
                : $"leases {running.Gpus()} GPUs and asked for {run.Spec.Resources.TotalGPUs}";
        if (Wanted(run) != running.Demand.WantedGpus())
            return $"wants {Wanted(run)} GPUs, and its flavor takes it for one that wants " +
                $"{running.Demand.WantedGpus()}";
        return running.Gpus() <= Wanted(run) ? null : $"leases {running.Gpus()} GPUs and wants {Wanted(run)}";
    }

    private static string? Waiting(RunRecord run, WaitingRun waiting)
    {
        if ((run.Phase == RunPhase.Reserved) != (waiting.Reservation is not null))
            return $"has {(waiting.Reservation is null ? "no" : "a")} reservation";
        if (waiting.Demand.Attempt != run.Attempt || (run.Attempt > 0 && waiting.Demand.AdmittedAt is null))
            return $"waits as one that had {waiting.Demand.Attempt} attempts, admitted at " +
                $"{waiting.Demand.AdmittedAt:O}";
        return Wanted(run) == waiting.Demand.WantedGpus() ? null
            : $"wants {Wanted(run)} GPUs, and waits for {waiting.Demand.WantedGpus()}";
    }

    private static string? Client(RunRecord run, SubmittedRun submitted)
    {
        if (submitted.Standing == Standing.Acknowledged && submitted.IsHeld != run.Hold is not null)
            return submitted.IsHeld ? "the hold on it, which was acknowledged, is gone"
                : $"is held by {run.Hold!.Holder()}, and no such hold was acknowledged, or its release was";
        return submitted is { GpusMax: { } max, Shrinks: var shrinks } && shrinks > 0
            && Wanted(run) > max - shrinks * RunMaker.GpusStep
            ? $"wants {Wanted(run)} GPUs, though it was shrunk {shrinks} times from {max}" : null;
    }

    private static int Wanted(RunRecord run) => run.ToDemand().WantedGpus();
}
