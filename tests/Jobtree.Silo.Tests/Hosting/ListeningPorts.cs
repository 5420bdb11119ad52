using System.Globalization;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Where a process of this machine listens for TCP connections, as the kernel says.</summary>
internal static class ListeningPorts
{
    private const string Listening = "0A";

    public static IReadOnlyList<int> Of(int process)
    {
        var sockets = Directory.GetFiles($"/proc/{process}/fd")
            .Select(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1])
            .ToHashSet();
        return [.. Rows("/proc/net/tcp").Concat(Rows("/proc/net/tcp6"))
            .Where(row => row[3] == Listening && sockets.Contains(row[9]))
            .Select(row => int.Parse(row[1].Split(':')[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .Order()];
    }

    private static IEnumerable<string[]> Rows(string file) =>
        !File.Exists(file) ? [] : File.ReadLines(file).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
