using Jobtree.Actors.Ports;
using Jobtree.Grains.Contracts;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Asks the grains of this silo for their states, for journals that keep the states of all actors at a time. The
/// journals exist before the silo, so whoever asks waits until it has started.
/// </summary>
internal sealed class GrainStates
{
    private readonly TaskCompletionSource<IGrainFactory> started =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whom to ask, from when the silo has started.</summary>
    public IGrainFactory Grains
    {
        set => started.SetResult(value);
    }

    /// <summary>The state of an actor that is at hand in a grain.</summary>
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
