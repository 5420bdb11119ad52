using System.Globalization;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// How busy this machine's processors and memory are, from <c>/proc/stat</c> and <c>/proc/meminfo</c>.
/// </summary>
internal sealed class MachineUsage
{
    // user, nice, system, idle, iowait, irq, softirq, steal; the guest times after them are part of user and nice.
    private const int TimesCounted = 8;
    private const int Idle = 3;
    private const int IoWait = 4;

    private (long Busy, long Total)? before;

    /// <summary>The utilization of the processors since the last call, 0 to 1; null: it cannot be told.</summary>
    public double? Cpu()
    {
        if (Times(FirstLine("/proc/stat")) is not { } now)
            return null;
        var (busy, total) = (now.Busy - before?.Busy, now.Total - before?.Total);
        before = now;
        return total > 0 ? Math.Clamp((double)busy!.Value / total.Value, 0, 1) : null;
    }

    /// <summary>The used part of the memory, 0 to 1; null: it cannot be told.</summary>
    public static double? Memory() => Memory(Lines("/proc/meminfo"));

    /// <summary>Reads the times of all processors, in ticks.</summary>
    /// <param name="line">The line <c>cpu</c> of <c>/proc/stat</c>.</param>
    internal static (long Busy, long Total)? Times(string? line)
    {
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words is not ["cpu", _, _, _, _, ..])
            return null;
        var (total, idle) = (0L, 0L);
        for (var i = 0; i < Math.Min(TimesCounted, words.Length - 1); i++)
        {
            if (!long.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
                return null;
            total += ticks;
            idle += i is Idle or IoWait ? ticks : 0;
        }
        return (total - idle, total);
    }

    /// <summary>Reads the used part of the memory.</summary>
    /// <param name="lines">The lines of <c>/proc/meminfo</c>.</param>
    internal static double? Memory(IEnumerable<string> lines)
    {
        long? total = null, available = null;
        foreach (var line in lines)
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
                total = Kilobytes(line);
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                available = Kilobytes(line);
            if (total > 0 && available is { } free)
                return Math.Clamp(1 - (double)free / total.Value, 0, 1);
        }
        return null;
    }

    private static long? Kilobytes(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var amount, "kB"]
            && long.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes : null;

    private static string? FirstLine(string path) => Lines(path).FirstOrDefault();

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
