using Jobtree.Journal;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>The file system, until it is told to fail.</summary>
internal sealed class FailingDisk : IJournalDisk
{
    private readonly JournalDisk disk = new();

    public volatile bool Fails;

    public SafeFileHandle Open(string path, FileMode mode) => disk.Open(path, mode);

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (Fails)
            throw new IOException("No space left on device");
        disk.Write(file, bytes, offset);
    }

    public void SetLength(SafeFileHandle file, long bytes) => disk.SetLength(file, bytes);

    public void Flush(SafeFileHandle file) => disk.Flush(file);

    public void FlushFolder(string folder) => disk.FlushFolder(folder);

    public void Publish(string temporaryPath, string path) => disk.Publish(temporaryPath, path);
}
