using Jobtree.Actors.Operations;
using Jobtree.Manifests;

namespace Jobtree.Cli.State;

/// <summary>A fleet in memory, made from a state file.</summary>
internal interface IStateFleet
{
    /// <summary>What can be asked of it.</summary>
    IOperations Operations { get; }

    /// <summary>Everything it holds now, as the documents of a state file.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<IReadOnlyList<Manifest>> Export(CancellationToken cancellation);
}

/// <summary>Makes a fleet from the documents of a state file, or says what contradicts itself in them.</summary>
/// <param name="documents">The documents in order.</param>
/// <param name="time">The clock.</param>
/// <param name="cancellation">Stops waiting.</param>
internal delegate Task<Result<IStateFleet>> StateFleetFactory(
    IReadOnlyList<Manifest> documents, TimeProvider time, CancellationToken cancellation);
