using Jobtree.Actors.Operations;

namespace Jobtree.Grains.Contracts;

/// <summary>
/// The operations of a fleet for a cluster client, on the silo that the client is connected to. Each client uses a key
/// of its own, drawn at random. Anyone who can reach a cluster's gateway may do everything: only the API controls
/// access.
/// </summary>
[Alias("jobtree.operations")]
public interface IOperationsGrain : IOperations, IGrainWithIntegerKey;
