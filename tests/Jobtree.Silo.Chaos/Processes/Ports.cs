using System.Net;
using System.Net.Sockets;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// Hands out ports that nobody listens on. They are below the range from which the system gives ports to clients: a
/// port of a process that was killed must not go to a client's connection before the process is back.
/// </summary>
internal static class Ports
{
    private const int First = 18_000;
    private const int Last = 32_000;
    private const int TriesMax = 1000;

    public static int Take()
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var port = Random.Shared.Next(First, Last);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there; another is tried.
            }
        }
        throw new InvalidOperationException($"No port of {First} to {Last} is free on the loopback address.");
    }
}
