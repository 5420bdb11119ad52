using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Breaks;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>An envelope, hosted as its grain hosts it.</summary>
internal sealed class EnvelopeHost(World world, Silo silo, ActorKey actor, ulong number)
    : Host(world, silo, actor, number)
{
    private readonly WrongFacts wrong = new(world.Options.Broken);
    private EnvelopeActor envelope = null!;

    /// <inheritdoc/>
    public override async ValueTask<T> Serve<T>(
        string method, object?[] args, Func<object, object?[], ValueTask<T>> call)
    {
        if (MayInterleave(method))
            RetireIfSuperseded();
        var answer = await call(envelope, args is [EnvelopeFacts facts] ? [wrong.Of(facts)] : args);
        await SaveWhenDue(World.Options.SnapshotEvery, envelope.Snapshot);
        return answer;
    }

    /// <inheritdoc/>
    protected override async Task Activate()
    {
        var recovered = await Recover();
        envelope = new EnvelopeActor(EnvelopeKey.Parse(Actor.Name), Journal!, Silo.Clock);
        recovered.Into(envelope.Restore, envelope.Replay);
    }

    /// <inheritdoc/>
    protected override bool MayInterleave(string call) => call == nameof(IEnvelope.Usage);

    /// <inheritdoc/>
    protected override void AfterCall()
    {
        if (Journal!.IsBroken || envelope.HasDiverged)
            Retire();
    }
}
