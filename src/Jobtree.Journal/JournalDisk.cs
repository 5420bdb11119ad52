using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>The file system.</summary>
public sealed class JournalDisk : IJournalDisk
{
    /// <inheritdoc/>
    public SafeFileHandle Open(string path, FileMode mode)
    {
        if (OperatingSystem.IsWindows() || mode == FileMode.Open)
            return File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

        // The mode is given at creation, so that there is no moment at which others could open the file.
        using (File.Open(path, new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <inheritdoc/>
    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) =>
        RandomAccess.Write(file, bytes, offset);

    /// <inheritdoc/>
    public void SetLength(SafeFileHandle file, long bytes) => RandomAccess.SetLength(file, bytes);

    /// <inheritdoc/>
    public void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <inheritdoc/>
    public void Publish(string temporaryPath, string path)
    {
        File.Move(temporaryPath, path, overwrite: false);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <inheritdoc/>
    public void FlushFolder(string folder)
    {
        // Windows makes a name durable with the rename itself.
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = NativeMethods.Open(folder, 0);
        if (descriptor < 0)
            throw Failure("open");
        try
        {
            if (NativeMethods.Fsync(descriptor) != 0)
                throw Failure("flush");
        }
        finally
        {
            _ = NativeMethods.Close(descriptor);
        }

        IOException Failure(string action) =>
            new($"Cannot {action} the folder {folder}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    /// <summary>The base library opens no folders, and only an open folder can be flushed.</summary>
    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
