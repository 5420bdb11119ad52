using System.Globalization;

namespace Jobtree.Telemetry;

/// <summary>
/// The memory that this process may use. The garbage collector's own figure does not serve where a container has a
/// limit: it is then three quarters of the limit, and a process may use the rest for other than the heap.
/// </summary>
internal static class MemoryLimit
{
    private const string Mount = "/sys/fs/cgroup";

    /// <summary>The smallest limit of the control groups of this process, else the machine's memory.</summary>
    public static long Bytes
    {
        get
        {
            var machine = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            return OperatingSystem.IsLinux() && OfGroups(Mount, ReadLines("/proc/self/cgroup")) is { } limit
                ? limit : machine;
        }
    }

    /// <summary>The smallest limit of some control groups and their parents; null: none has one.</summary>
    /// <param name="mount">Where the groups are mounted.</param>
    /// <param name="groups">The lines of <c>/proc/self/cgroup</c>: number, controllers, path, with colons.</param>
    internal static long? OfGroups(string mount, IEnumerable<string> groups)
    {
        long? smallest = null;
        foreach (var line in groups)
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
                continue;
            // The unified hierarchy has no controllers in its line; the older one has a folder for each.
            var limit = controllers.Length == 0 ? OfGroup(mount, path, "memory.max")
                : controllers.Split(',').Contains("memory")
                    ? OfGroup(Path.Combine(mount, "memory"), path, "memory.limit_in_bytes")
                : null;
            smallest = limit is null || smallest < limit ? smallest : limit;
        }

        return smallest;
    }

    private static long? OfGroup(string root, string path, string file)
    {
        // In a container the path may be the host's, which is not visible there; the mount's root is then the
        // container's own group.
        long? smallest = null;
        var begin = path.Contains("..", StringComparison.Ordinal) ? "" : path.Trim('/');
        for (var group = begin; ; group = Path.GetDirectoryName(group) ?? "")
        {
            // A group without a limit says max, or a number beyond any machine.
            if (ReadLines(Path.Combine(root, group, file)) is [var text, ..]
                && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit < 1L << 60 && !(smallest < limit))
                smallest = limit;
            if (group.Length == 0)
                return smallest;
        }
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
