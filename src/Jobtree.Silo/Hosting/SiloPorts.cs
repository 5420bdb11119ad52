using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>The two ports of Orleans' own protocol.</summary>
/// <param name="Silo">For other silos.</param>
/// <param name="Gateway">For clients.</param>
internal readonly record struct SiloPorts(int Silo, int Gateway)
{
    /// <summary>
    /// The ports asked for. What was not asked for is Orleans' usual port, or on a machine of one silo a free one when
    /// that is taken, since nobody else need know it; 0 is a free one.
    /// </summary>
    /// <param name="settings">What was asked for.</param>
    public static SiloPorts Of(ClusterSettings settings)
    {
        var mayMove = settings.Redis is null;
        var silo = Choose(settings.Address, settings.SiloPort, EndpointOptions.DEFAULT_SILO_PORT, mayMove, 0);
        return new SiloPorts(silo,
            Choose(settings.Address, settings.GatewayPort, EndpointOptions.DEFAULT_GATEWAY_PORT, mayMove, silo));
    }

    private static int Choose(IPAddress address, int? asked, int usual, bool mayMove, int other)
    {
        if (asked is > 0)
            return asked.Value;
        if (asked is null && (!mayMove || (usual != other && IsFree(address, usual))))
            return usual;
        // Orleans wants to know its port before it listens, so somebody else could take this one in between; then the
        // start fails and says so.
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var probe = new TcpListener(address, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
