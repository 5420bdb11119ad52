using Jobtree.Journal;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal.Tests;

/// <summary>The real disk, until it is full or broken; it can also be made to wait.</summary>
internal sealed class FaultyDisk : IJournalDisk
{
    private readonly JournalDisk _disk = new();

    public long BytesLeft { get; set; } = long.MaxValue;

    public bool FlushFails { get; set; }

    public ManualResetEvent FlushMayGoOn { get; } = new(initialState: true);

    public SafeFileHandle Open(string path, FileMode mode) => _disk.Open(path, mode);

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        var fits = (int)Math.Min(bytes.Length, BytesLeft);
        _disk.Write(file, bytes[..fits], offset);
        BytesLeft -= fits;
        if (fits < bytes.Length)
            throw new IOException("No space left on device");
    }

    public void SetLength(SafeFileHandle file, long bytes) => _disk.SetLength(file, bytes);

    public void Flush(SafeFileHandle file)
    {
        FlushMayGoOn.WaitOne();
        if (FlushFails)
            throw new IOException("Input/output error");
        _disk.Flush(file);
    }

    public void FlushFolder(string folder) => _disk.FlushFolder(folder);

    public void Publish(string temporaryPath, string path) => _disk.Publish(temporaryPath, path);
}
