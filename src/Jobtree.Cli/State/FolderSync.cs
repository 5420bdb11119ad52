using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Jobtree.Cli.State;

/// <summary>
/// Makes the entries of a folder durable. .NET cannot open folders, so this calls the system directly.
/// </summary>
internal static class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Waits until a rename in the folder would survive a power failure.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The system refused.</exception>
    public static void Flush(string folder)
    {
        // On Windows the file system's journal makes a rename durable.
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            throw Failure(folder);
        try
        {
            if (Synchronize(descriptor) != 0)
                throw Failure(folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string folder) =>
        new($"The folder {folder} cannot be flushed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronize(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
