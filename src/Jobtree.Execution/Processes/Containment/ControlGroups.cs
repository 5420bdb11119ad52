using System.Globalization;

namespace Jobtree.Execution.Processes.Containment;

/// <summary>
/// Control groups (version 2), one for each attempt, below the group of this host. A process cannot leave its group
/// without the right to write there, and the kernel ends all processes of a group at once.
/// </summary>
internal sealed class ControlGroups
{
    private const string Members = "cgroup.procs";
    private const string KillSwitch = "cgroup.kill";

    private readonly string parent;

    private ControlGroups(string parent) => this.parent = parent;

    /// <summary>Finds out whether this host may make groups.</summary>
    /// <param name="name">A name for this host's folder.</param>
    /// <returns>Null: there is no such file system, it may not be written, or the kernel is older than 5.14 and does
    /// not end the processes of a group by itself.</returns>
    public static ControlGroups? Find(string name)
    {
        if (OwnGroup() is not { } own || !Directory.Exists(own))
            return null;
        var parent = Path.Combine(own, $"jobtree-{name}");
        try
        {
            Directory.CreateDirectory(parent);
            return File.Exists(Path.Combine(parent, KillSwitch)) ? new ControlGroups(parent) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes the group of an attempt.</summary>
    /// <param name="mark">The attempt's mark.</param>
    /// <returns>The group's folder; null: it cannot be made.</returns>
    public string? Create(ulong mark)
    {
        var group = Path.Combine(parent, NameOf(mark));
        try
        {
            Directory.CreateDirectory(group);
            return group;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Puts a process into a group, before it runs anything of the workload.</summary>
    /// <param name="group">The group's folder.</param>
    /// <param name="pid">The process.</param>
    public static bool TryEnter(string group, int pid)
    {
        try
        {
            File.WriteAllText(Path.Combine(group, Members), pid.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether a recorded group is that of an attempt, and there is one.</summary>
    /// <param name="group">The recorded folder.</param>
    /// <param name="mark">The attempt's mark.</param>
    public static bool IsOf(string group, ulong mark) =>
        Path.GetFileName(group) == NameOf(mark) && File.Exists(Path.Combine(group, Members));

    /// <summary>The groups of attempts that are not among the given ones: left over from an earlier host.</summary>
    /// <param name="open">The marks of the attempts that may have processes.</param>
    public IReadOnlyList<string> Except(IReadOnlySet<ulong> open)
    {
        var names = open.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        return [.. Directory.GetDirectories(parent).Where(group => !names.Contains(Path.GetFileName(group)))];
    }

    /// <summary>Ends all processes of a group, and removes it when it is empty.</summary>
    /// <param name="group">The group's folder.</param>
    /// <returns>Whether it is gone.</returns>
    public static bool End(string group)
    {
        try
        {
            if (!Directory.Exists(group))
                return true;
            File.WriteAllText(Path.Combine(group, KillSwitch), "1");
            Remove(group);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is not empty yet.
            return false;
        }
    }

    /// <summary>Removes the groups' parent, if no attempt has a group.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(parent);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Attempts go on in it.
        }
    }

    private static string NameOf(ulong mark) => mark.ToString("x16", CultureInfo.InvariantCulture);

    private static void Remove(string group)
    {
        foreach (var inner in Directory.GetDirectories(group))
            Remove(inner);
        Directory.Delete(group);
    }

    /// <summary>The folder of this host's own group.</summary>
    private static string? OwnGroup()
    {
        // "36 25 0:30 /root /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw", and "0::/own/path" below that root.
        var mount = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).FirstOrDefault(
            fields => fields.Length > 6 && fields[Array.IndexOf(fields, "-") + 1] == "cgroup2");
        var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(
            line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
        // A group outside this host's cgroup namespace shows as a path that begins with "..".
        if (mount is null || own is null || own.Split('/').Contains(".."))
            return null;
        var (root, point) = (mount[3].TrimEnd('/'), mount[4]);
        return own == root || own.StartsWith(root + '/', StringComparison.Ordinal)
            ? Path.Combine(point, own[root.Length..].TrimStart('/')) : null;
    }
}
