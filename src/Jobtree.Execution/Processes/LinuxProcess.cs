using System.Globalization;
using System.Runtime.InteropServices;

namespace Jobtree.Execution.Processes;

/// <summary>Reads the state of Linux processes and sends signals.</summary>
internal static class LinuxProcess
{
    /// <summary>Asks a process to end.</summary>
    public const int SignalTerminate = 15;

    /// <summary>Ends a process forcibly.</summary>
    public const int SignalKill = 9;

    /// <summary>The id of the machine's current boot.</summary>
    public static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Reads <c>/proc/pid/stat</c>.</summary>
    /// <param name="pid">The process.</param>
    /// <returns>Its session, start time and use, or null if the process is gone or a zombie.</returns>
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
        // The second field is the program's name in parentheses and may contain anything, so fields are counted after
        // its end.
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 22 || fields[0] is "Z" or "X"
            ? null
            : new ProcessStat(int.Parse(fields[3], CultureInfo.InvariantCulture), Number(fields[19]),
                Number(fields[11]) + Number(fields[12]), Number(fields[21]));

        static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
    }

    /// <summary>Sends a signal; a process that is gone is no error.</summary>
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

/// <summary>The parts of a process's state that are used.</summary>
/// <param name="Session">Its session.</param>
/// <param name="StartTicks">When the process started, in clock ticks since boot.</param>
/// <param name="CpuTicks">The processor time that it has used, in ticks of 10 ms.</param>
/// <param name="ResidentPages">The pages of its resident memory.</param>
internal readonly record struct ProcessStat(int Session, long StartTicks, long CpuTicks, long ResidentPages);
