using System.Net;
using System.Net.Sockets;
using Jobtree.Api;
using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The ports of a silo, bound before anything is read or written: a port in use is reported in one line and leaves no
/// trace. The servers take over the bound sockets when they start, so no other process can take a port in between.
/// </summary>
internal sealed class BoundPorts : IDisposable
{
    private readonly Dictionary<EndPoint, Socket> waiting = [];

    private BoundPorts(ApiOptions api, ClusterSettings cluster)
    {
        Api = Bind(api.Address, api.Port, "the API", "--port");
        if (api.MetricsEndpoint is { } metrics)
            Metrics = Bind(metrics.Address, metrics.Port, "metrics", "--metrics-port");
        if (cluster.Redis is not null)
            Silo = Bind(cluster.Address, cluster.SiloPort ?? EndpointOptions.DEFAULT_SILO_PORT, "other silos",
                "--silo-port");
        // A single machine has a gateway only on request: the cluster protocol has no authentication.
        if (cluster.GatewayPort is not null || cluster.Redis is not null)
            Gateway = Bind(cluster.Address, cluster.GatewayPort ?? EndpointOptions.DEFAULT_GATEWAY_PORT,
                "clients of the cluster", "--gateway-port");
    }

    /// <summary>The endpoint of the API.</summary>
    public IPEndPoint Api { get; }

    /// <summary>The endpoint for monitoring only; null: none.</summary>
    public IPEndPoint? Metrics { get; }

    /// <summary>The endpoint for other silos; null: this silo is the whole cluster and has none.</summary>
    public IPEndPoint? Silo { get; }

    /// <summary>The endpoint for clients of the cluster; null: none.</summary>
    public IPEndPoint? Gateway { get; }

    /// <summary>Binds the configured ports; port 0 takes a free one.</summary>
    /// <exception cref="IOException">A port cannot be bound; the message is one line.</exception>
    public static BoundPorts Bind(ApiOptions api, ClusterSettings cluster) => new(api, cluster);

    /// <summary>Whether a bound socket is available for an endpoint.</summary>
    public bool Has(EndPoint endpoint)
    {
        lock (waiting)
            return waiting.ContainsKey(endpoint);
    }

    /// <summary>Transfers ownership of an endpoint's bound socket to the caller.</summary>
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
