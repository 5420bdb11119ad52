using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>Brings a run's record and its flavor's state together, which were read at different instants.</summary>
internal static class CopiedRun
{
    /// <summary>
    /// The record as the flavor's state has it; null if the record says that the flavor holds the run, and it does not:
    /// the run ended in between.
    /// </summary>
    /// <param name="run">The record.</param>
    /// <param name="flavor">The state of its flavor.</param>
    public static RunRecord? In(this RunRecord run, FlavorState flavor)
    {
        if (flavor.Running.TryGetValue(run.Key, out var running))
            return run with
            {
                Phase = RunPhase.Running,
                IsDecided = true,
                StartedAt = running.StartedAt,
                FinishedAt = null,
                Attempt = running.Demand.Attempt,
                Gpus = running.Gpus(),
                LastFact = flavor.Sequence,
            };
        if (flavor.Queue.Find(run.Key) is { } waiting)
            return run with
            {
                Phase = waiting.Reservation is null ? RunPhase.Pending : RunPhase.Reserved,
                IsDecided = true,
                FinishedAt = null,
                Gpus = 0,
                LastFact = flavor.Sequence,
            };
        var isHeldHere = run.Phase is RunPhase.Running or RunPhase.Pending or RunPhase.Reserved;
        return isHeldHere && run.IsDecided ? null : run;
    }
}
