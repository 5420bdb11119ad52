using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>
/// Applies the events of runs that follow others or are held. Such a run is <see cref="RunPhase.Waiting"/>: it is in no
/// queue, and its flavor is not asked before nothing keeps it back any more.
/// </summary>
internal static class WaitingTransitions
{
    /// <summary>A run that was just submitted and follows others.</summary>
    public static RunRecord Following(RunRecord submitted)
    {
        var gated = submitted with { Gate = new FollowGate(), Phase = RunPhase.Waiting,
            Reason = RunReasons.WaitingForUpstream };
        return gated with { Message = FollowMessages.Waiting(gated) };
    }

    /// <summary>Applies an event that only such runs have.</summary>
    public static RunRecord Next(RunRecord run, WaitingStep step, DateTimeOffset at) => step switch
    {
        { Upstreams: { } upstreams } => Looked(run, upstreams, at),
        { Held: { } hold } => Held(run, hold, at),
        { Released: { } release } => Released(run, release, at),
        { Abandoned: { } end } => Abandoned(run, end, at),
        _ => throw new InvalidOperationException($"A record of {run.Key} says nothing."),
    };

    /// <summary>Applies a fact to a run that is held, or was until it started.</summary>
    public static RunRecord ApplyFact(RunRecord run, RunFact fact) => fact.Kind switch
    {
        RunFactKind.Withdrawn => run.Hold is { } hold
            ? Withdrawn(run, fact) with { Hold = hold with { IsInQueue = false }, Place = fact.Place ?? run.Place }
            : WithdrawnForNothing(run, fact),
        // A request that was under way has put it back into the queue, which it is to leave again.
        RunFactKind.Queued or RunFactKind.Reserved => run with
        {
            Version = run.Version + 1,
            LastFact = fact.Sequence,
            Hold = run.Hold! with { IsInQueue = true },
        },
        // It started before the hold took effect, so there was none.
        _ => RunTransitions.ApplyToUnheld(run, fact) with { Hold = null,
            Holds = HoldStep.WithoutLastHold(run.Holds) },
    };

    private static RunRecord Withdrawn(RunRecord run, RunFact fact) => run with
    {
        Version = run.Version + 1,
        LastFact = fact.Sequence,
        // It may have started and been cut, and not have heard of it.
        Attempt = Math.Max(run.Attempt, fact.Attempt),
    };

    /// <summary>
    /// Its flavor started it, cut it, and took it out of the queue for a hold; the run heard of the start first, and
    /// so refused the hold. It is in no queue, and asks again.
    /// </summary>
    private static RunRecord WithdrawnForNothing(RunRecord run, RunFact fact) => Withdrawn(run, fact) with
    {
        IsDecided = false,
        Phase = RunPhase.Pending,
        PhaseSince = run.Phase == RunPhase.Pending ? run.PhaseSince : fact.At,
        Gpus = 0,
        // What has not been decided since its submission may have been withdrawn before it.
        Place = run.IsDecided ? fact.Place ?? run.Place : run.Place,
    };

    private static RunRecord Looked(RunRecord run, UpstreamStep step, DateTimeOffset at) =>
        step.Completed ? Asking(run with { Gate = null }, at) : Waits(run with { Gate = new FollowGate(step.Missing) });

    private static RunRecord Held(RunRecord run, RunHold hold, DateTimeOffset at) => Waits(run with
    {
        Hold = hold,
        HoldOperation = hold.Operation,
        Holds = HoldStep.With(run.Holds, new HoldStep(0, at, hold.By, hold.Reason)),
        Phase = RunPhase.Waiting,
        PhaseSince = run.Phase == RunPhase.Waiting ? run.PhaseSince : at,
        IsDecided = false,
    });

    private static RunRecord Released(RunRecord run, HoldRelease release, DateTimeOffset at)
    {
        var free = run with { Hold = null, HoldOperation = release.Operation,
            Holds = HoldStep.With(run.Holds, new HoldStep(0, at, release.By, null, IsRelease: true)) };
        return free.Gate is null ? Asking(free, at) : Waits(free);
    }

    /// <summary>The next version of a run that asks for admission now, unless it is held.</summary>
    private static RunRecord Asking(RunRecord run, DateTimeOffset at) => run.Hold is not null ? Waits(run) : run with
    {
        Version = run.Version + 1,
        Phase = RunPhase.Pending,
        PhaseSince = at,
        IsDecided = false,
        Reason = RunReasons.Submitted,
        Message = null,
    };

    /// <summary>The next version of a run that is kept back, with the reason.</summary>
    private static RunRecord Waits(RunRecord run) => run with
    {
        Version = run.Version + 1,
        Reason = run.Hold is not null ? RunReasons.Held
            : run.Gate is { Missing.Count: > 0 } ? RunReasons.UpstreamMissing : RunReasons.WaitingForUpstream,
        Message = run.Hold is { } hold ? HeldMessage(hold) : FollowMessages.Waiting(run),
    };

    private static RunRecord Abandoned(RunRecord run, UpstreamEnd end, DateTimeOffset at) => run with
    {
        Version = run.Version + 1,
        IsDecided = true,
        Phase = RunPhase.Failed,
        PhaseSince = at,
        Reason = end.Reason,
        Message = end.Message,
        FinishedAt = at,
        Gate = null,
    };

    private static string HeldMessage(RunHold hold) =>
        $"Held by {hold.Holder()} since {FollowMessages.Time(hold.Since)}{(hold.Reason is { } why ? $": {why}" : "")}.";
}
