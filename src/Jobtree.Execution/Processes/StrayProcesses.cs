using System.Globalization;
using System.Text;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Ends processes that remain when an attempt's ranks have ended: daemons that moved to their own session and so
/// escaped the signals to their group. They are identified by a rank's session, or by the working directory in their
/// environment, which is unique to the attempt.
/// </summary>
internal static class StrayProcesses
{
    private const int RoundsMax = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Ends the processes, repeatedly while new ones appear.</summary>
    /// <param name="folder">The attempt.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Cancels the wait.</param>
    /// <returns>Whether none is left.</returns>
    public static async Task<bool> End(
        AttemptFolder folder, IReadOnlyList<RankRecord> ranks, TimeProvider time, CancellationToken cancel)
    {
        var mark = Encoding.UTF8.GetBytes($"{RankEnvironment.WorkMark}={folder.WorkPath}");
        for (var round = 0; round < RoundsMax; round++)
        {
            var strays = Find(mark, ranks);
            if (strays.Count == 0)
                return true;
            foreach (var pid in strays)
                LinuxProcess.Signal(pid, LinuxProcess.SignalKill);
            await Task.Delay(Pause, time, cancel);
        }
        return false;
    }

    private static List<int> Find(byte[] mark, IReadOnlyList<RankRecord> ranks)
    {
        // A reused session id has a live leader with a different start time.
        var sessions = ranks.Where(r => LinuxProcess.Stat(r.Pid) is not { } leader || leader.StartTicks == r.StartTicks)
            .ToDictionary(r => r.Pid, r => r.StartTicks);
        var strays = new List<int>();
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture,
                out var pid)
                && pid != Environment.ProcessId
                && LinuxProcess.Stat(pid) is { } stat
                && ((sessions.TryGetValue(stat.Session, out var start) && stat.StartTicks >= start)
                    || HasMark(path, mark)))
                strays.Add(pid);
        }
        return strays;
    }

    private static bool HasMark(string process, byte[] mark)
    {
        ReadOnlySpan<byte> environment;
        try
        {
            environment = File.ReadAllBytes(Path.Combine(process, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        foreach (var variable in environment.Split((byte)0))
        {
            if (environment[variable].SequenceEqual(mark))
                return true;
        }
        return false;
    }
}
