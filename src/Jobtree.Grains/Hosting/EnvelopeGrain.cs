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

    /// <summary>
    /// Facts are applied in one step once they are durable, so the meter is consistent between any two turns.
    /// </summary>
    public static bool MayInterleave(IInvokable call) => call.GetMethodName() == nameof(Usage);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = new ActorKey(ActorKind.Envelope, this.GetPrimaryKeyString());
        var recovered = await services.Journals.Read(key, cancellationToken);
        journal = services.Journals.Open(key, recovered);
        actor = new EnvelopeActor(EnvelopeKey.Parse(key.Name), journal, services.Time);
        recovered.Into(actor.Restore, actor.Replay);
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

    public ValueTask<EnvelopeMeter> Usage() => actor.Usage();

    public ValueTask<ActorState> State()
    {
        var (sequence, state) = actor.Snapshot();
        return ValueTask.FromResult(new ActorState(sequence, state));
    }
}
