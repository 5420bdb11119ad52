using Jobtree.Actors.Ports;
using Jobtree.Grains.Contracts;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Asks the grains of this silo for their states, for journals that snapshot all actors at once. The journals are
/// created before the silo, so callers wait until the silo has started.
/// </summary>
internal sealed class GrainStates
{
    private readonly TaskCompletionSource<IGrainFactory> started =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The grain factory, set once the silo has started.</summary>
    public IGrainFactory Grains
    {
        set => started.SetResult(value);
    }

    /// <summary>Gets the state of an actor from its grain.</summary>
    public async ValueTask<(long Sequence, ReadOnlyMemory<byte> State)> Of(
        ActorKey actor, CancellationToken cancellation)
    {
        var state = await Grain(actor, await started.Task.WaitAsync(cancellation)).State();
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
