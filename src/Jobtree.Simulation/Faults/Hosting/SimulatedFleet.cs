using System.Runtime.InteropServices;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>The actors as a silo reaches them: every call is a message.</summary>
/// <param name="world">The fleet.</param>
/// <param name="silo">The silo.</param>
internal sealed class SimulatedFleet(World world, Silo silo) : IFleet
{
    private static readonly ActorKey DirectoryKey = new(ActorKind.Directory, "fleet");

    private readonly Dictionary<ActorKey, object> ports = [];

    /// <inheritdoc/>
    public IRun Run(RunKey run) => To<IRun>(new ActorKey(ActorKind.Run, run.ToString()));

    /// <inheritdoc/>
    public IFlavor Flavor(string flavor) => To<IFlavor>(new ActorKey(ActorKind.Flavor, flavor));

    /// <inheritdoc/>
    public IEnvelope Envelope(EnvelopeKey envelope) =>
        To<IEnvelope>(new ActorKey(ActorKind.Envelope, envelope.ToString()));

    /// <inheritdoc/>
    public IDirectory Directory() => To<IDirectory>(DirectoryKey);

    /// <inheritdoc/>
    public IRunIndex Runs() => world.Index;

    /// <summary>Proxies are kept: making one costs more than a message.</summary>
    private TPort To<TPort>(ActorKey actor)
        where TPort : class
    {
        ref var port = ref CollectionsMarshal.GetValueRefOrAddDefault(ports, actor, out _);
        return (TPort)(port ??= PortProxy.To<TPort>(world.Network, silo, actor));
    }
}
