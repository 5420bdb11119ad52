using Jobtree.Actors.Operations;
using Jobtree.Manifests;

namespace Jobtree.Cli.State;

/// <summary>An in-memory fleet, created from a state file.</summary>
internal interface IStateFleet
{
    /// <summary>The operations of the fleet.</summary>
    IOperations Operations { get; }

    /// <summary>The current content, as the documents of a state file.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    IAsyncEnumerable<Manifest> Export(CancellationToken cancellation);
}

/// <summary>Creates a fleet from the documents of a state file, or returns the contradictions in them.</summary>
/// <param name="documents">The documents in order.</param>
/// <param name="time">The clock.</param>
/// <param name="cancellation">Stops waiting.</param>
internal delegate Task<Result<IStateFleet>> StateFleetFactory(
    IReadOnlyList<Manifest> documents, TimeProvider time, CancellationToken cancellation);
