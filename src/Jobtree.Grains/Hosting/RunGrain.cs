using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;

using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Serialization.Invocation;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// A run. It lives on the silo that its submission came to, until it has ended or nobody has asked for it for a while; its journal brings it back anywhere.
/// </summary>
[GrainType("run")]
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 2)]
[MayInterleave(nameof(MayInterleave))]
internal sealed class RunGrain(ActorServices services) : Grain, IRunGrain, IIncomingGrainCallFilter
{
    private IActorJournal journal = null!;
    private RunActor actor = null!;

    /// <summary>A record is immutable and swapped as a whole: reading it needs no turn, and so does not wait for one that waits for the flavor.</summary>
    public static bool MayInterleave(IInvokable call) => call.GetMethodName() == nameof(Get);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var run = RunKey.Parse(this.GetPrimaryKeyString());
        var key = new ActorKey(ActorKind.Run, run.ToString());
        var kept = await services.Journals.Read(key, cancellationToken);
        journal = services.Journals.Open(key, kept);
        actor = new RunActor(run, journal, services.Fleet, services.Executor, services.Time);
        kept.Into(actor.Restore, actor.Replay);
        // Whoever is served first must find that what a crash cut off has gone on.
        if (actor.Record is { IsDecided: false, IsOver: false } || (services.Options.TellsExecutorAgain && actor.Record is { Phase: RunPhase.Running }))
            await actor.Resume();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.ReleaseWith(actor.Snapshot);
        return Task.CompletedTask;
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        finally
        {
            // Most runs have ended, and need no activation. One that was never submitted may be just about to be.
            if (journal.IsBroken || actor.Record is { IsOver: true })
                DeactivateOnIdle();
        }
    }

    public async ValueTask<Result<RunRecord>> Submit(Submission submission)
    {
        var result = await actor.Submit(submission);
        await KeepSnapshot();
        return result;
    }

    public ValueTask<Result<RunRecord>> Complete(CompletionReport report) => actor.Complete(report);

    public ValueTask<Result<RunRecord>> Cancel(string operation) => actor.Cancel(operation);

    public ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation) => actor.AddSponsor(sponsor, operation);

    public ValueTask<RunRecord?> Get() => actor.Get();

    public async ValueTask Notify(RunFact fact)
    {
        await actor.Notify(fact);
        await KeepSnapshot();
    }

    public ValueTask Resume() => actor.Resume();

    public ValueTask<ActorState> State()
    {
        var (sequence, state) = actor.Snapshot();
        return ValueTask.FromResult(new ActorState(sequence, state));
    }

    /// <summary>A run writes a handful of records; only one that is cut, or named anew, again and again needs a snapshot.</summary>
    private ValueTask KeepSnapshot() => journal.SaveWhenDue(services.Options.SnapshotEvery, actor.Snapshot);
}
