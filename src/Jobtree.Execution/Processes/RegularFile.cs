using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Opens files where a workload may have put something else: a link out of the folder, a pipe that nobody writes to,
/// a device. Nothing but a regular file is opened, no link is followed, and no opening waits.
/// </summary>
internal static class RegularFile
{
    private const int NonBlock = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int AtWorkingDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const int TypeOfMode = 0xF000;
    private const int Regular = 0x8000;
    private const int StatusBytes = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    private static int Directories => IsArm ? 0x4000 : 0x10000;

    private static int NoFollow => IsArm ? 0x8000 : 0x20000;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="folder">A folder, which may be reached by links.</param>
    /// <param name="inside">The file's path from there, on which no link is followed.</param>
    /// <returns>The file; null: there is no such regular file, or it may not be read.</returns>
    public static SafeFileHandle? Open(string folder, string inside)
    {
        var place = OpenAt(AtWorkingDirectory, folder, Directories | CloseOnExec);
        var parts = inside.Split('/');
        for (var i = 0; i < parts.Length && !place.IsInvalid; i++)
        {
            using var above = place;
            if (parts[i] is "" or "." or ".." || parts[i].Contains('\0', StringComparison.Ordinal))
                return null;
            place = OpenAt((int)above.DangerousGetHandle(), parts[i],
                NoFollow | NonBlock | CloseOnExec | (i < parts.Length - 1 ? Directories : 0));
        }
        if (!place.IsInvalid && IsRegular(place))
            return place;
        place.Dispose();
        return null;
    }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">Its path; only its last part may be no link.</param>
    public static SafeFileHandle? Open(string path) => Open(Path.GetDirectoryName(path)!, Path.GetFileName(path));

    /// <summary>Reads a short text.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The text; null: there is no such regular file.</returns>
    public static string? ReadText(string path)
    {
        if (Open(path) is not { } handle)
            return null;
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
        return reader.ReadToEnd();
    }

    /// <summary>Whether a file is root's, or that of the user of this host.</summary>
    /// <param name="file">The opened file.</param>
    public static bool IsOwnOrRoots(SafeFileHandle file) =>
        StatusOf(file) is { } status && BitConverter.ToUInt32(status, OwnerOffset) is var owner
            && (owner == 0 || owner == EffectiveUser());

    private static bool IsRegular(SafeFileHandle file) =>
        StatusOf(file) is { } status && (BitConverter.ToUInt16(status, ModeOffset) & TypeOfMode) == Regular;

    private static byte[]? StatusOf(SafeFileHandle file)
    {
        const uint typeAndOwner = 1 | 8;
        var status = new byte[StatusBytes];
        return Status((int)file.DangerousGetHandle(), "", EmptyPath, typeAndOwner, status) == 0 ? status : null;
    }

    [DllImport("libc", EntryPoint = "geteuid", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();

    [DllImport("libc", EntryPoint = "openat", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressMessage("Globalization", "CA2101", Justification = "On Linux the ANSI encoding is UTF-8.")]
    private static extern SafeFileHandle OpenAt(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressMessage("Globalization", "CA2101", Justification = "On Linux the ANSI encoding is UTF-8.")]
    private static extern int Status(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);
}
