using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>The actors of a fleet by key. The host decides where they live and how messages reach them.</summary>
public interface IFleet
{
    /// <summary>The run with a key.</summary>
    /// <param name="run">The key.</param>
    IRun Run(RunKey run);

    /// <summary>The flavor with a name.</summary>
    /// <param name="flavor">The name.</param>
    IFlavor Flavor(string flavor);

    /// <summary>The envelope with a key.</summary>
    /// <param name="envelope">The key.</param>
    IEnvelope Envelope(EnvelopeKey envelope);

    /// <summary>The directory of budgets, flavors and nodes.</summary>
    IDirectory Directory();

    /// <summary>The index of runs.</summary>
    IRunIndex Runs();
}
