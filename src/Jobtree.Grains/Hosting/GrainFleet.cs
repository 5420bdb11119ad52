using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Listing;
using Jobtree.Grains.Reporting;

namespace Jobtree.Grains.Hosting;

/// <summary>The actors of a fleet as grains of a cluster, seen from one silo.</summary>
/// <param name="grains">Makes references to grains.</param>
/// <param name="options">How actors are hosted.</param>
/// <param name="reports">What was reported about runs.</param>
internal sealed class GrainFleet(IGrainFactory grains, GrainOptions options, ClusterReports reports) : IFleet,
    IDisposable
{
    private readonly GrainKind<IRunGrain> runs = new(grains);
    private readonly GrainKind<IFlavorGrain> flavors = new(grains);
    private readonly GrainKind<IEnvelopeGrain> envelopes = new(grains);
    private readonly CachedDirectory directory = new(
        grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key), options.Clock);
    private readonly ClusterRunIndex index =
        new(grains, options.Clock, options.Observer, reports, options.Retried);

    /// <summary>The directory with this silo's cache of its lists.</summary>
    public CachedDirectory Cached => directory;

    /// <summary>The listing as this silo sees it.</summary>
    public ClusterRunIndex Index => index;

    public IRun Run(RunKey run) => runs.Of(run.ToString());

    public IFlavor Flavor(string flavor) => flavors.Of(flavor);

    public IEnvelope Envelope(EnvelopeKey envelope) => envelopes.Of(envelope.ToString());

    public IDirectory Directory() => directory;

    public IRunIndex Runs() => index;

    public void Dispose() => index.Dispose();
}
