using System.Net;
using System.Net.Sockets;
using Jobtree.Api;
using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The ports of a silo, bound before anything is read or written: a port that is taken is told in one line and leaves
/// no trace. The servers take the bound sockets over when they start, so nobody can take a port in between.
/// </summary>
internal sealed class BoundPorts : IDisposable
{
    private readonly Dictionary<EndPoint, Socket> waiting = [];

    private BoundPorts(ApiOptions api, ClusterSettings cluster)
    {
        Api = Bind(api.Address, api.Port, "the API", "--port");
        if (cluster.Redis is not null)
            Silo = Bind(cluster.Address, cluster.SiloPort ?? EndpointOptions.DEFAULT_SILO_PORT, "other silos",
                "--silo-port");
        // One machine has a gateway only when it is asked for: the cluster's protocol asks nobody for a token.
        if (cluster.GatewayPort is not null || cluster.Redis is not null)
            Gateway = Bind(cluster.Address, cluster.GatewayPort ?? EndpointOptions.DEFAULT_GATEWAY_PORT,
                "clients of the cluster", "--gateway-port");
    }

    /// <summary>Where the API is served.</summary>
    public IPEndPoint Api { get; }

    /// <summary>Where other silos are heard; null: this silo is the whole cluster and listens for none.</summary>
    public IPEndPoint? Silo { get; }

    /// <summary>Where clients of the cluster are heard; null: nowhere.</summary>
    public IPEndPoint? Gateway { get; }

    /// <summary>Binds what was asked for; port 0 takes a free one.</summary>
    /// <exception cref="IOException">A port cannot be had; the message is one line.</exception>
    public static BoundPorts Bind(ApiOptions api, ClusterSettings cluster) => new(api, cluster);

    /// <summary>Whether a socket waits for whoever listens at an endpoint.</summary>
    public bool Has(EndPoint endpoint)
    {
        lock (waiting)
            return waiting.ContainsKey(endpoint);
    }

    /// <summary>The bound socket of an endpoint, which the caller owns from now on.</summary>
    public Socket Take(EndPoint endpoint)
    {
        lock (waiting)
            return waiting.Remove(endpoint, out var socket) ? socket : throw new InvalidOperationException(
                $"Nothing was bound for {endpoint}.");
    }

    public void Dispose()
    {
        lock (waiting)
        {
            foreach (var socket in waiting.Values)
                socket.Dispose();
            waiting.Clear();
        }
    }

    private IPEndPoint Bind(IPAddress address, int port, string whom, string option)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
        }
        catch (SocketException refusal)
        {
            socket.Dispose();
            Dispose();
            throw new IOException(
                $"The port for {whom}, {new IPEndPoint(address, port)}, cannot be had: {refusal.Message}. "
                + $"Choose another with {option}, or 0 for a free one.", refusal);
        }

        var bound = (IPEndPoint)socket.LocalEndPoint!;
        waiting.Add(bound, socket);
        return bound;
    }
}
