using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// Hands out ports that nobody listens on, and that no other test run on this machine is given while this process
/// lives: a server that is killed and started again finds its port free. They are below the range from which the system
/// gives ports to clients, so that no client's connection takes one meanwhile.
/// </summary>
internal static class Ports
{
    private const int First = 18_000;
    private const int Last = 32_000;
    private const int TriesMax = 1000;
    private static readonly string Claims = Path.Combine(Path.GetTempPath(), "jobtree-ports");

    /// <summary>Open files, which the system locks for this process and gives back when it ends.</summary>
    private static readonly List<FileStream> Held = [];

    public static int Take()
    {
        Directory.CreateDirectory(Claims);
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var port = Random.Shared.Next(First, Last);
            if (Claim(port))
                return port;
        }
        throw new InvalidOperationException($"No port of {First} to {Last} is free on the loopback address.");
    }

    private static bool Claim(int port)
    {
        FileStream? claim = null;
        try
        {
            claim = new FileStream(
                Path.Combine(Claims, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate,
                FileAccess.ReadWrite, FileShare.None);
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            lock (Held)
                Held.Add(claim);
            return true;
        }
        catch (Exception taken) when (taken is IOException or SocketException)
        {
            claim?.Dispose();
            return false;
        }
    }
}
