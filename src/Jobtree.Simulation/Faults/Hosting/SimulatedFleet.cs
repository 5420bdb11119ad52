using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>The actors as a silo reaches them: every call is a message.</summary>
/// <param name="world">The fleet.</param>
/// <param name="silo">The silo.</param>
internal sealed class SimulatedFleet(World world, Silo silo) : IFleet
{
    private static readonly ActorKey DirectoryKey = new(ActorKind.Directory, "fleet");

    /// <inheritdoc/>
    public IRun Run(RunKey run) =>
        PortProxy.To<IRun>(world.Network, silo, new ActorKey(ActorKind.Run, run.ToString()));

    /// <inheritdoc/>
    public IFlavor Flavor(string flavor) =>
        PortProxy.To<IFlavor>(world.Network, silo, new ActorKey(ActorKind.Flavor, flavor));

    /// <inheritdoc/>
    public IEnvelope Envelope(EnvelopeKey envelope) =>
        PortProxy.To<IEnvelope>(world.Network, silo, new ActorKey(ActorKind.Envelope, envelope.ToString()));

    /// <inheritdoc/>
    public IDirectory Directory() => PortProxy.To<IDirectory>(world.Network, silo, DirectoryKey);

    /// <inheritdoc/>
    public IRunIndex Runs() => world.Index;
}
