using System.Globalization;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// The processors and the memory that the processes of ranks use, from <c>/proc</c>. Each rank is a session of its own;
/// a process that moved to another session is not counted.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SessionUsage(TimeProvider time)
{
    // Linux reports times in ticks of 10 ms on every machine that .NET runs on.
    private const double TicksPerSecond = 100;

    private Dictionary<(int Pid, long Start), long> before = [];
    private long? measuredAt;

    /// <summary>Measures sessions. Processor use is over the time since the last call.</summary>
    /// <param name="sessions">The ids of the sessions' leaders.</param>
    /// <returns>The use by session; processors are null at the first call.</returns>
    public IReadOnlyDictionary<int, (double? Cores, double MemoryBytes)> Measure(IReadOnlySet<int> sessions)
    {
        var now = time.GetTimestamp();
        var seconds = measuredAt is { } last ? time.GetElapsedTime(last, now).TotalSeconds : 0;
        var (ticks, pages) = (new Dictionary<int, long>(), new Dictionary<int, long>());
        var seen = new Dictionary<(int Pid, long Start), long>();
        foreach (var (pid, stat) in Processes().Where(process => sessions.Contains(process.Stat.Session)))
        {
            seen[(pid, stat.StartTicks)] = stat.CpuTicks;
            var gained = stat.CpuTicks - before.GetValueOrDefault((pid, stat.StartTicks));
            ticks[stat.Session] = ticks.GetValueOrDefault(stat.Session) + gained;
            pages[stat.Session] = pages.GetValueOrDefault(stat.Session) + stat.ResidentPages;
        }
        (before, measuredAt) = (seen, now);
        return ticks.ToDictionary(session => session.Key, session => (
            seconds > 0 ? session.Value / TicksPerSecond / seconds : (double?)null,
            (double)pages[session.Key] * Environment.SystemPageSize));
    }

    private static IEnumerable<(int Pid, ProcessStat Stat)> Processes()
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture,
                out var pid) && LinuxProcess.Stat(pid) is { } stat)
                yield return (pid, stat);
        }
    }
}
