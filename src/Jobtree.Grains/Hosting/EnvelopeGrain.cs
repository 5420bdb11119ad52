using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;
using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Jobtree.Grains.Hosting;

/// <summary>The grain of an envelope. Its flavor delivers claims to it in batches.</summary>
[GrainType("envelope")]
[MayInterleave(nameof(MayInterleave))]
internal sealed class EnvelopeGrain(ActorServices services) : Grain, IEnvelopeGrain, IIncomingGrainCallFilter
{
    private IActorJournal journal = null!;
    private EnvelopeActor actor = null!;
    private Supersession supersession = null!;

    private ActorKey Key => new(ActorKind.Envelope, this.GetPrimaryKeyString());

    /// <summary>
    /// Facts are applied in one step once they are durable, so the meter is consistent between any two turns.
    /// </summary>
    public static bool MayInterleave(IInvokable call) => call.GetMethodName() == nameof(Usage);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var recovered = await services.Journals.Read(Key, cancellationToken);
        journal = services.Journals.Open(Key, recovered);
        actor = Recover(recovered);
        supersession = new Supersession(services, Key, () => actor.Sequence);
    }

    private EnvelopeActor Recover(RecoveredState recovered)
    {
        var envelope = new EnvelopeActor(EnvelopeKey.Parse(Key.Name), journal, services.Time);
        recovered.Into(envelope.Restore, envelope.Replay);
        return envelope;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (!actor.HasDiverged)
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
            if (journal.IsBroken || actor.HasDiverged)
                DeactivateOnIdle();
        }
    }

    public async ValueTask Notify(EnvelopeFacts facts)
    {
        await actor.Notify(facts);
        await journal.SaveWhenDue(services.Options.SnapshotEvery, actor.Snapshot);
    }

    public async ValueTask<EnvelopeMeter> Usage()
    {
        if (!journal.IsBroken && !await supersession.IsFoundByRead())
            return await actor.Usage();
        DeactivateOnIdle();
        return await Recover(await services.Journals.Read(Key, CancellationToken.None)).Usage();
    }

    public ValueTask<ActorState> State()
    {
        var (sequence, state) = actor.Snapshot();
        return ValueTask.FromResult(new ActorState(sequence, state));
    }
}
