using Jobtree.Actors.Operations;

namespace Jobtree.Grains.Contracts;

/// <summary>
/// The operations of a fleet for clients of the cluster, at whatever silo a client is connected to. Who may reach a
/// cluster's gateway may do everything: the API is the door with locks.
/// </summary>
[Alias("jobtree.operations")]
public interface IOperationsGrain : IOperations, IGrainWithIntegerKey;
