using Jobtree.Journal;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal.Tests;

/// <summary>The real disk, which tells of every step of what is compressed, also in the middle of its writes.</summary>
internal sealed class WatchedDisk(Action step) : IJournalDisk
{
    private readonly JournalDisk _disk = new();
    private readonly HashSet<SafeFileHandle> _compressed = [];

    public SafeFileHandle Open(string path, FileMode mode)
    {
        var file = _disk.Open(path, mode);
        if (JournalFolder.IsCompressed(path))
        {
            lock (_compressed)
                _compressed.Add(file);
            step();
        }
        return file;
    }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (IsWatched(file))
        {
            _disk.Write(file, bytes[..(bytes.Length / 2)], offset);
            step();
        }
        _disk.Write(file, bytes, offset);
        if (IsWatched(file))
            step();
    }

    public void SetLength(SafeFileHandle file, long bytes) => _disk.SetLength(file, bytes);

    public void Flush(SafeFileHandle file) => _disk.Flush(file);

    public void FlushFolder(string folder) => _disk.FlushFolder(folder);

    public void Publish(string temporaryPath, string path)
    {
        _disk.Publish(temporaryPath, path);
        if (JournalFolder.IsCompressed(path))
            step();
    }

    private bool IsWatched(SafeFileHandle file)
    {
        lock (_compressed)
            return _compressed.Contains(file);
    }
}
