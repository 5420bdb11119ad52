using Jobtree.Actors.Operations;

namespace Jobtree.Grains.Contracts;

/// <summary>
/// The operations of a fleet for cluster clients, on whichever silo a client is connected to. Anyone who can reach a
/// cluster's gateway may do everything: only the API controls access.
/// </summary>
[Alias("jobtree.operations")]
public interface IOperationsGrain : IOperations, IGrainWithIntegerKey;
