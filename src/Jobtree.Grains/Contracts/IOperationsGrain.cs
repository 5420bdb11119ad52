using Jobtree.Actors.Operations;

namespace Jobtree.Grains.Contracts;

/// <summary>
/// The operations of a fleet for a cluster client, on the silo that the client is connected to. Each client uses a key
/// of its own, drawn at random. It is the only grain that a client may call, and does what the client's token allows.
/// </summary>
[Alias("jobtree.operations")]
public interface IOperationsGrain : IOperations, IGrainWithIntegerKey
{
    /// <summary>The type of the grain.</summary>
    const string GrainType = "operations";

    /// <summary>The entry of a call's <see cref="Orleans.Runtime.RequestContext"/> that has the client's
    /// token.</summary>
    const string TokenKey = "jobtree.token";
}
