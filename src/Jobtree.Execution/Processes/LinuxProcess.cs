using System.Globalization;
using System.Runtime.InteropServices;

namespace Jobtree.Execution.Processes;

/// <summary>What Linux tells of a process, and signals to it.</summary>
internal static class LinuxProcess
{
    /// <summary>Asks to end.</summary>
    public const int SignalTerminate = 15;

    /// <summary>Ends without asking.</summary>
    public const int SignalKill = 9;

    /// <summary>The identity of the machine's present boot.</summary>
    public static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Reads <c>/proc/pid/stat</c>.</summary>
    /// <param name="pid">The process.</param>
    /// <returns>Its session and start, or nothing when it is gone or only waits to be collected.</returns>
    public static ProcessStat? Stat(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        // The second field is the program's name in parentheses and may hold anything: the rest is counted from its
        // end.
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 20 || fields[0] is "Z" or "X"
            ? null
            : new ProcessStat(int.Parse(fields[3], CultureInfo.InvariantCulture),
                long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    /// <summary>Signals a process; one that is gone is no error.</summary>
    /// <param name="pid">The process, or the negative of a process group's id.</param>
    /// <param name="signal">The signal's number.</param>
    public static void Signal(int pid, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(pid, 0);
        ArgumentOutOfRangeException.ThrowIfEqual(pid, -1);
        ArgumentOutOfRangeException.ThrowIfEqual(pid, 1);
        _ = Kill(pid, signal);
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}

/// <summary>What is needed of a process's state.</summary>
/// <param name="Session">Its session.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot.</param>
internal readonly record struct ProcessStat(int Session, long StartTicks);
