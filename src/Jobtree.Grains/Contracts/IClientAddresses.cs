using Orleans.Runtime;

namespace Jobtree.Grains.Contracts;

/// <summary>Where the clients of the cluster are that are connected to this silo.</summary>
public interface IClientAddresses
{
    /// <summary>The address of a client; null: it is connected to another silo, or not at all.</summary>
    /// <param name="client">The client, or what it has calls come from.</param>
    string? Of(GrainId client);
}
