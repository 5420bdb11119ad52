using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Faults.Breaks;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>
/// A run, hosted as its grain hosts it: a new run appends before it reads, and after a change of the members the
/// journal is read again.
/// </summary>
internal sealed class RunHost(World world, Silo silo, ActorKey actor, ulong number)
    : Host(world, silo, actor, number)
{
    private readonly WrongFacts wrong = new(world.Options.Broken);
    private RunActor run = null!;
    private long members;
    private int turns;
    private bool isUnread;

    private bool IsUpToDate => Journal is not null && members == Silo.Members && !MayHaveRecord;

    /// <summary>Whether the run may exist although no record of it is here: its journal was not read.</summary>
    private bool MayHaveRecord => isUnread && run.Record is null;

    /// <inheritdoc/>
    public override async ValueTask<T> Serve<T>(
        string method, object?[] args, Func<object, object?[], ValueTask<T>> call)
    {
        var isRead = method == nameof(IRun.Get);
        if (isRead)
            RetireIfSuperseded();
        var mayBeNew = method == nameof(IRun.Submit) && Journal is null;
        if (mayBeNew)
            BeginAsNew();
        else if (!isRead || turns == 0 || Journal is null)
            await Enter();
        if (args is [RunFact fact])
            args = [wrong.Of(fact, run.Record)];
        turns += isRead ? 0 : 1;
        try
        {
            return await call(run, args);
        }
        catch (IOException) when (mayBeNew && Journal!.IsBroken && run.Record is null)
        {
            // The run already exists, and nothing of this submission was recorded.
            await Load();
            return await call(run, args);
        }
        finally
        {
            turns -= isRead ? 0 : 1;
        }
    }

    /// <inheritdoc/>
    protected override Task Activate() => Task.CompletedTask;

    /// <inheritdoc/>
    protected override bool MayInterleave(string call) =>
        call == nameof(IRun.Get) && Journal is not null && !MayHaveRecord && (IsBusy || IsUpToDate);

    /// <inheritdoc/>
    protected override void AfterCall()
    {
        if (Journal is { IsBroken: true } || run is { Record.IsOver: true })
            Retire();
    }

    private void BeginAsNew()
    {
        members = Silo.Members;
        Begin(RecoveredState.Nothing);
        isUnread = true;
    }

    private async ValueTask Enter()
    {
        if (Journal is { IsBroken: true })
            throw new IOException($"A record of {Actor} was refused before; this activation ends.");
        if (!IsUpToDate)
            await Load();
    }

    private async ValueTask Load()
    {
        var isFirst = Journal is null;
        var version = Silo.Members;
        Begin(await World.Store.Recover(Actor));
        (members, isUnread) = (version, false);
        if (run.Record is { IsInterrupted: true } or { MayHaveUntoldWidth: true }
            || (isFirst && run.Record is { Phase: RunPhase.Running }))
            await run.Resume();
        await SaveWhenDue(World.Options.SnapshotEvery, run.Snapshot);
    }

    private void Begin(RecoveredState recovered)
    {
        Journal = World.Store.Open(Actor, recovered);
        run = new RunActor(RunKey.Parse(Actor.Name), Journal, Silo.Fleet, World.Executor, Silo.Clock);
        recovered.Into(run.Restore, run.Replay);
    }
}
