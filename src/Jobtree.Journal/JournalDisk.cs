using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>The writes of a journal. Tests replace it to make writes fail or stall.</summary>
public interface IJournalDisk
{
    /// <summary>Opens a file for reading and writing. A new file is readable by its owner only.</summary>
    SafeFileHandle Open(string path, FileMode mode);

    /// <summary>Writes all the bytes at an offset.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Sets the length of a file.</summary>
    void SetLength(SafeFileHandle file, long bytes);

    /// <summary>Returns when everything written to the file is on disk.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>Returns when the names in a folder are on disk.</summary>
    void FlushFolder(string folder);

    /// <summary>Gives a file its final name without replacing another file, and returns when that is on disk.</summary>
    void Publish(string temporaryPath, string path);
}

/// <summary>
/// The file system. It calls the system's own flush, because the framework's <see cref="RandomAccess.FlushToDisk"/> and
/// <c>FileStream.Flush(true)</c> return normally when the disk fails (.NET 10.0.12: EIO).
/// </summary>
public sealed partial class JournalDisk : IJournalDisk
{
    private const int Interrupted = 4;
    private const int FullFsync = 51;

    /// <inheritdoc/>
    public SafeFileHandle Open(string path, FileMode mode)
    {
        if (OperatingSystem.IsWindows() || mode == FileMode.Open)
            return File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

        // The mode is set at creation, so that others can never open the file.
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
    public void Flush(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
            RandomAccess.FlushToDisk(file);
        else
            FlushDescriptor(file, "a file of the journal");
    }

    /// <inheritdoc/>
    public void Publish(string temporaryPath, string path)
    {
        File.Move(temporaryPath, path, overwrite: false);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <inheritdoc/>
    public void FlushFolder(string folder)
    {
        // On Windows the rename itself makes the name durable.
        if (OperatingSystem.IsWindows())
            return;
        using var opened = new SafeFileHandle(OpenDescriptor(folder, flags: 0), ownsHandle: true);
        if (opened.IsInvalid)
            throw Failure("open", $"the folder {folder}");
        FlushDescriptor(opened, $"the folder {folder}");
    }

    private static void FlushDescriptor(SafeFileHandle descriptor, string what)
    {
        // On macOS fsync leaves the data in the drive's cache.
        while ((OperatingSystem.IsMacOS() ? FileControl(descriptor, FullFsync) : FileSync(descriptor)) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failure("flush", what);
        }
    }

    private static IOException Failure(string action, string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {action} {what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSync(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileControl(SafeFileHandle descriptor, int command);
}

/// <summary>A disk whose flushes do nothing, for benchmarks: see <see cref="JournalOptions.Durable"/>.</summary>
internal sealed class UnflushedDisk(IJournalDisk disk) : IJournalDisk
{
    public SafeFileHandle Open(string path, FileMode mode) => disk.Open(path, mode);

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => disk.Write(file, bytes, offset);

    public void SetLength(SafeFileHandle file, long bytes) => disk.SetLength(file, bytes);

    public void Flush(SafeFileHandle file)
    {
    }

    public void FlushFolder(string folder)
    {
    }

    public void Publish(string temporaryPath, string path) => disk.Publish(temporaryPath, path);
}
