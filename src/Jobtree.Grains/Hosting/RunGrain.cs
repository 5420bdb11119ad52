using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Homes;
using Jobtree.Grains.Journals;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// A run. It lives on the silo that <see cref="RunHomes"/> says, until it has ended or nobody has asked for it for a while; its journal brings it back. Most runs are asked for twice in their life, so what an
/// activation costs is most of what a run costs: it is made without a container, registered nowhere, and has its turns from <see cref="Turns"/>.
/// </summary>
[GrainType(RunHomes.GrainTypeName)]
[GrainDirectory(RunHomes.Name)]
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 2)]
[Reentrant]
internal sealed class RunGrain(IGrainContext context, RunServices services) : IGrainBase, IRunGrain
{
    private IActorJournal journal = null!;
    private RunActor actor = null!;
    private Turns turns;
    private long homesVersion;

    public IGrainContext GrainContext => context;

    private ActorServices Services => services.Actor;

    public async Task OnActivateAsync(CancellationToken token)
    {
        await Load(token);
        if (Services.Options.TellsExecutorAgain && actor.Record is { Phase: RunPhase.Running })
            await actor.Resume();
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        journal.ReleaseWith(actor.Snapshot);
        return Task.CompletedTask;
    }

    public async ValueTask<Result<RunRecord>> Submit(Submission submission)
    {
        await Enter();
        try
        {
            var result = await actor.Submit(submission);
            await KeepSnapshot();
            return result;
        }
        finally
        {
            Leave();
        }
    }

    public async ValueTask<Result<RunRecord>> Complete(CompletionReport report)
    {
        await Enter();
        try
        {
            return await actor.Complete(report);
        }
        finally
        {
            Leave();
        }
    }

    public async ValueTask<Result<RunRecord>> Cancel(string operation)
    {
        await Enter();
        try
        {
            return await actor.Cancel(operation);
        }
        finally
        {
            Leave();
        }
    }

    public async ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation)
    {
        await Enter();
        try
        {
            return await actor.AddSponsor(sponsor, operation);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>A record is immutable and swapped as a whole: reading it needs no turn, and so does not wait for one that waits for the flavor.</summary>
    public ValueTask<RunRecord?> Get() => turns.IsTaken || IsUpToDate ? actor.Get() : GetAnew();

    public async ValueTask Notify(RunFact fact)
    {
        await Enter();
        try
        {
            await actor.Notify(fact);
            await KeepSnapshot();
        }
        finally
        {
            Leave();
        }
    }

    public async ValueTask Resume()
    {
        await Enter();
        try
        {
            await actor.Resume();
        }
        finally
        {
            Leave();
        }
    }

    public ValueTask<ActorState> State()
    {
        var (sequence, state) = actor.Snapshot();
        return ValueTask.FromResult(new ActorState(sequence, state));
    }

    /// <summary>Whether the cluster has the members that it had when the journal was read: while they change, another silo may have had this run, and written.</summary>
    private bool IsUpToDate => homesVersion == services.Homes.Version;

    private ValueTask Enter()
    {
        var turn = turns.Enter();
        return turn.IsCompletedSuccessfully && IsUpToDate ? ValueTask.CompletedTask : EnterLater(turn);
    }

    private async ValueTask EnterLater(ValueTask turn)
    {
        await turn;
        try
        {
            if (journal.IsBroken)
                throw new JournalFencedException($"A record of {context.GrainId.Key} was refused before; this activation ends.");
            if (!IsUpToDate)
                await Load(CancellationToken.None);
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Leave()
    {
        turns.Leave();
        // Most runs have ended, and need no activation. One that was never submitted may be just about to be.
        if (journal.IsBroken || actor.Record is { IsOver: true })
            this.DeactivateOnIdle();
    }

    private async ValueTask<RunRecord?> GetAnew()
    {
        await Enter();
        Leave();
        return actor.Record;
    }

    private async Task Load(CancellationToken cancellation)
    {
        var version = services.Homes.Version;
        var name = this.GetPrimaryKeyString();
        var key = new ActorKey(ActorKind.Run, name);
        var kept = await Services.Journals.Read(key, cancellation);
        journal = Services.Journals.Open(key, kept);
        actor = new RunActor(RunKey.Parse(name), journal, Services.Fleet, Services.Executor, Services.Time);
        if (kept.Last > 0)
            kept.Into(actor.Restore, actor.Replay);
        homesVersion = version;
        // Whoever is served first must find that what a crash cut off has gone on.
        if (actor.Record is { IsDecided: false, IsOver: false })
            await actor.Resume();
    }

    /// <summary>A run writes a handful of records; only one that is cut, or named anew, again and again needs a snapshot.</summary>
    private ValueTask KeepSnapshot() => journal.SinceSnapshot < Services.Options.SnapshotEvery ? ValueTask.CompletedTask : journal.SaveWhenDue(Services.Options.SnapshotEvery, actor.Snapshot);
}
