using Jobtree.Actors.Ports;
using Jobtree.Grains.Contracts;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Asks the grains of this silo for their states, for journals that keep the states of all actors at a time. Set once
/// the silo is built, since the journals must exist before it.
/// </summary>
internal sealed class GrainStates
{
    private IGrainFactory? grains;

    /// <summary>Whom to ask.</summary>
    public IGrainFactory Grains
    {
        set => grains = value;
    }

    /// <summary>The state of an actor that is at hand in a grain.</summary>
    public async ValueTask<(long Sequence, ReadOnlyMemory<byte> State)> Of(
        ActorKey actor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var state = await Grain(actor, grains ?? throw new InvalidOperationException(
            "A grain's state was asked for before the silo was built.")).State();
        return (state.Sequence, state.Bytes);
    }

    private static IJournaledGrain Grain(ActorKey actor, IGrainFactory grains) => actor.Kind switch
    {
        ActorKind.Run => grains.GetGrain<IRunGrain>(actor.Name),
        ActorKind.Flavor => grains.GetGrain<IFlavorGrain>(actor.Name),
        ActorKind.Envelope => grains.GetGrain<IEnvelopeGrain>(actor.Name),
        _ => grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key),
    };
}
