using System.Globalization;
using System.Runtime.InteropServices;

namespace Jobtree.Execution.Processes.Containment;

/// <summary>
/// Keeps workloads away from what this host's own process holds. They may run as the same user, and then the kernel
/// would let them read its environment and memory, with tokens and connection strings in it.
/// </summary>
internal static class HostSeal
{
    private const int SetDumpable = 4;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;
    private const int FirstAfterStandard = 3;

    /// <summary>Seals this process, for good.</summary>
    public static void Apply()
    {
        // A process that leaves no core dump may be read through /proc and traced by root only. What it starts is not
        // bound by this: each execution of a program begins anew.
        _ = Control(SetDumpable, 0, 0, 0, 0);
        CloseInherited();
    }

    /// <summary>
    /// What this host inherited from whoever started it is not passed on. The runtime opens everything of its own so
    /// that it closes by itself.
    /// </summary>
    private static void CloseInherited()
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture,
                out var descriptor) && descriptor >= FirstAfterStandard)
                _ = ControlDescriptor(descriptor, SetDescriptorFlags, CloseOnExec);
        }
    }

    [DllImport("libc", EntryPoint = "prctl", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [DllImport("libc", EntryPoint = "fcntl", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ControlDescriptor(int descriptor, int command, int argument);
}
