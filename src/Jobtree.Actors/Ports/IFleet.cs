using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>
/// The actors of a fleet by key. Where they live, and how a message gets there, is the host's affair.
/// </summary>
public interface IFleet
{
    /// <summary>The run of a key.</summary>
    /// <param name="run">The key.</param>
    IRun Run(RunKey run);

    /// <summary>The flavor of a name.</summary>
    /// <param name="flavor">The name.</param>
    IFlavor Flavor(string flavor);

    /// <summary>The envelope of a key.</summary>
    /// <param name="envelope">The key.</param>
    IEnvelope Envelope(EnvelopeKey envelope);

    /// <summary>The directory of budgets, flavors and nodes.</summary>
    IDirectory Directory();

    /// <summary>The index of runs.</summary>
    IRunIndex Runs();
}
