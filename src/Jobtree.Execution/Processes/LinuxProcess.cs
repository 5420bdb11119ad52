using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Execution.Processes;

/// <summary>Reads the state of Linux processes and sends signals.</summary>
internal static class LinuxProcess
{
    /// <summary>Asks a process to end.</summary>
    public const int SignalTerminate = 15;

    /// <summary>Ends a process forcibly.</summary>
    public const int SignalKill = 9;

    // The same numbers on every processor.
    private const int SignalDescriptorCall = 424;
    private const int OpenDescriptorCall = 434;

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
        _ = SendSignal(pid, signal);
    }

    /// <summary>Ends a process forcibly, unless its id has been given to another one meanwhile.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="startTicks">When it started.</param>
    public static void Kill(int pid, long startTicks)
    {
        // The descriptor stands for whichever process has the id now; if its start time is right, it is the one meant.
        var descriptor = (int)SystemCall(OpenDescriptorCall, pid, 0, 0, 0);
        if (Stat(pid) is { } stat && stat.StartTicks == startTicks)
        {
            if (descriptor >= 0)
                _ = SystemCall(SignalDescriptorCall, descriptor, SignalKill, 0, 0);
            else
                Signal(pid, SignalKill);
        }
        if (descriptor >= 0)
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
    }

    /// <summary>How many file locks a process may have at most, from <c>/proc/pid/limits</c>.</summary>
    /// <param name="pid">The process; 0: this one.</param>
    /// <returns>Null: the process is gone, or nothing limits them.</returns>
    public static ulong? FileLocksMax(int pid)
    {
        const string Limit = "Max file locks";
        try
        {
            var process = pid == 0 ? "self" : pid.ToString(CultureInfo.InvariantCulture);
            var line = File.ReadLines($"/proc/{process}/limits").FirstOrDefault(
                static l => l.StartsWith(Limit, StringComparison.Ordinal));
            // The limit that the process may set itself to, then the one that it cannot pass.
            return line?[Limit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var hard, ..]
                && ulong.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "syscall", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}

/// <summary>The parts of a process's state that are used.</summary>
/// <param name="Session">Its session.</param>
/// <param name="StartTicks">When the process started, in clock ticks since boot.</param>
/// <param name="CpuTicks">The processor time that it has used, in ticks of 10 ms.</param>
/// <param name="ResidentPages">The pages of its resident memory.</param>
internal readonly record struct ProcessStat(int Session, long StartTicks, long CpuTicks, long ResidentPages);
