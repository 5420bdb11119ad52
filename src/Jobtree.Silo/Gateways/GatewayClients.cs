using Jobtree.Grains.Contracts;
using Orleans.Runtime;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// The addresses of the clients of this silo's gateway, as the network tells them. Who introduces itself under the name
/// of another client hides neither: both addresses count.
/// </summary>
internal sealed class GatewayClients : IClientAddresses
{
    private const byte ObserverSeparator = (byte)'+';
    private const string Or = " or ";

    private readonly Lock one = new();
    private readonly Dictionary<GrainId, List<string>> addresses = [];

    /// <summary>Notes a connection.</summary>
    public void Add(GrainId client, string address)
    {
        lock (one)
        {
            if (addresses.TryGetValue(client, out var known))
                known.Add(address);
            else
                addresses.Add(client, [address]);
        }
    }

    /// <summary>Forgets a connection.</summary>
    public void Remove(GrainId client, string address)
    {
        lock (one)
        {
            if (addresses.TryGetValue(client, out var known) && known.Remove(address) && known.Count == 0)
                addresses.Remove(client);
        }
    }

    /// <inheritdoc/>
    public string? Of(GrainId client)
    {
        var key = client.Key.AsSpan();
        if (key.IndexOf(ObserverSeparator) is >= 0 and var end)
            client = GrainId.Create(client.Type, IdSpan.UnsafeCreate(key[..end].ToArray(), 0));
        lock (one)
            return addresses.TryGetValue(client, out var known) ? string.Join(Or, known.Distinct().Order()) : null;
    }
}
