using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Jobtree.Api.Requests;

/// <summary>
/// Bounds the open connections of a port, in all and from one address, so that one machine cannot keep out the others.
/// What is beyond is closed at once. Of IPv6 a machine often has a whole network of addresses (a /64), which counts as
/// one.
/// </summary>
/// <param name="port">What the port is for, as metrics have it.</param>
/// <param name="most">The most connections.</param>
/// <param name="share">The most connections from one address.</param>
/// <param name="metrics">Counts what was closed.</param>
public sealed class ConnectionLimit(string port, int most, int share, FleetMetrics metrics)
{
    private const string LimitsFile = "/proc/self/limits";
    private const string FilesLine = "Max open files";

    /// <summary>Descriptors that connections leave to the journal, to Redis, to other silos and to workloads.</summary>
    private const int DescriptorsKept = 1024;
    private const int ShareOfAddress = 4;
    private const int Eighths = 8;
    private const int NetworkBytes = 8;

    private readonly Lock one = new();
    private readonly Dictionary<IPAddress, int> byAddress = [];
    private int open;

    /// <summary>A limit of which one address has a quarter.</summary>
    /// <param name="port">What the port is for, as metrics have it.</param>
    /// <param name="most">The most connections.</param>
    /// <param name="metrics">Counts what was closed.</param>
    public ConnectionLimit(string port, int most, FleetMetrics metrics)
        : this(port, most, Math.Max(1, most / ShareOfAddress), metrics)
    {
    }

    /// <summary>Counts a connection while it is open.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var address = NetworkOf((connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None);
        if (!TryOpen(address))
        {
            metrics.Failed(port, "connection-limit", "warning");
            connection.Abort();
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Close(address);
        }
    };

    /// <summary>How many connections fit the descriptors that this process may have, beside its own.</summary>
    /// <param name="wanted">How many there may be at most.</param>
    /// <param name="limits">The lines of the process' limits.</param>
    /// <param name="eighths">How many eighths of them this port may have.</param>
    public static int WithinDescriptors(int wanted, IEnumerable<string> limits, int eighths = Eighths)
    {
        if (DescriptorsMax(limits) is not { } descriptors)
            return wanted;
        var room = Math.Max(descriptors - DescriptorsKept, descriptors / 4);
        return (int)Math.Clamp(room * eighths / Eighths, 1, wanted);
    }

    /// <summary>How many files this process may open.</summary>
    /// <param name="limits">The lines of the process' limits.</param>
    /// <returns>Null: as many as it likes, or nobody knows.</returns>
    public static long? DescriptorsMax(IEnumerable<string> limits)
    {
        var line = limits.FirstOrDefault(line => line.StartsWith(FilesLine, StringComparison.Ordinal));
        return long.TryParse(line?[FilesLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptors)
            ? descriptors : null;
    }

    /// <summary>The lines of this process' limits; none where there are none.</summary>
    public static string[] Limits() => File.Exists(LimitsFile) ? File.ReadAllLines(LimitsFile) : [];

    /// <summary>The network whose addresses count as one: of IPv4 an address by itself, also if it is written as one of
    /// IPv6.</summary>
    /// <param name="address">One of its addresses.</param>
    public static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }

    private bool TryOpen(IPAddress address)
    {
        lock (one)
        {
            var here = byAddress.GetValueOrDefault(address);
            if (open >= most || here >= share)
                return false;
            byAddress[address] = here + 1;
            open++;
            return true;
        }
    }

    private void Close(IPAddress address)
    {
        lock (one)
        {
            open--;
            if (--byAddress[address] > 0)
                return;
            byAddress.Remove(address);
        }
    }
}
