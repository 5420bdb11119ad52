using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>How a run follows others, and how it is held.</summary>
public sealed partial class RunActor
{
    /// <inheritdoc/>
    public async ValueTask<Result<RunRecord>> Hold(HoldCommand hold)
    {
        if (run is null or { IsHidden: true })
            return NotFound();
        if (run.IsOver)
            return run.HoldOperation == hold.Operation ? run : Conflict($"{key} is {run.Phase} already.");
        if (run.Phase == RunPhase.Running)
            return CannotHold();
        // It started before this hold took effect, and has been cut since: the answer stays the same.
        if (run.Hold is null && run.HoldOperation == hold.Operation)
            return CannotHold();
        if (run.Hold is null)
        {
            var now = time.GetUtcNow();
            await Append(now, new WaitingStep { Held = new RunHold(
                hold.By, now, hold.Reason, hold.Operation, IsInQueue: run.Phase != RunPhase.Waiting) });
        }
        if (run.Hold is { IsInQueue: true })
            await LeaveQueue();
        return run.Phase == RunPhase.Running ? CannotHold() : run;
    }

    /// <inheritdoc/>
    public async ValueTask<Result<RunRecord>> Release(HoldRelease release)
    {
        if (run is null or { IsHidden: true })
            return NotFound();
        if (run.HoldOperation == release.Operation)
            return run.IsInterrupted ? await Decide(isFirst: false) : run;
        if (run.Hold is null || run.IsOver)
            return Conflict($"{key} is {run.Phase}, and nobody holds it.");
        await Append(time.GetUtcNow(), new WaitingStep { Released = release });
        return run.Phase == RunPhase.Waiting ? run : await Decide(isFirst: true, release.By);
    }

    private ValueTask Append(DateTimeOffset at, WaitingStep step) =>
        Append(new RunEvent { At = at, Waiting = step });

    private Problem CannotHold() => Conflict(run!.Phase == RunPhase.Running
        ? $"{key} is Running, attempt {run.Attempt}; only a run that waits can be held. Cancel it to stop it."
        : $"{key} was Running, attempt {run.Attempt}, when it was to be held; hold it again, as a new command.");

    /// <summary>Does what a waiting run has to do: leave the queue if it is held, and look at its upstream runs.
    /// </summary>
    private async ValueTask LookAround()
    {
        if (run!.Hold is { IsInQueue: true })
            await LeaveQueue();
        if (run is { IsOver: false, Gate: not null })
            await LookAtUpstreams(isNew: false);
    }

    private async ValueTask LeaveQueue()
    {
        var fact = await fleet.Flavor(run!.Spec.Resources.GpuType).Withdraw(key, run.SubmittedAt, run.Hold!.By);
        // The answer may be ahead of facts that are under way, such as a cut.
        if (fact.Sequence > run.LastFact)
            await TakeIn(fact, missesFacts: true);
    }

    /// <summary>
    /// Reads the records of the upstream runs and acts on them. A run answers such a read without a turn, or after
    /// reading its journal, and so never waits for the reader: runs that follow each other cannot block each other.
    /// </summary>
    private async ValueTask<Result<RunRecord>> LookAtUpstreams(bool isNew)
    {
        var upstreams = new List<(string Name, RunRecord? Record)>();
        UpstreamEnd? fault;
        try
        {
            foreach (var name in run!.Spec.Follow!.After)
                upstreams.Add((name, await fleet.Run(new RunKey(key.Namespace, name)).Get()));
            fault = await FollowWalk.FindFault(fleet, run, isNew);
        }
        catch (Exception failure) when (isNew && failure is not OutOfMemoryException)
        {
            // The submission is recorded and holds, whether or not a run that it follows can be read now: the listing
            // has this run look again.
            return run!;
        }
        var now = time.GetUtcNow();
        var verdict = fault is null ? UpstreamSurvey.Judge(run, upstreams, now) : new UpstreamVerdict(null, fault);
        if (verdict.End is { } end)
            await Append(now, new WaitingStep { Abandoned = end });
        else if (verdict.Step is { } step)
            await Append(now, new WaitingStep { Upstreams = step });
        return run.Phase == RunPhase.Pending ? await Decide(isFirst: true) : run;
    }
}
