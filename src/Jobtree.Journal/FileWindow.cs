using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>
/// A sliding view of a file, read forward in large pieces and grown only for a frame that is larger than a piece, for
/// as long as that is looked at.
/// </summary>
internal sealed class FileWindow : IDisposable
{
    /// <summary>How much is read at once.</summary>
    public const int PieceBytes = 1 << 20;

    private const int PieceBytesMin = 4 << 10;
    private readonly SafeFileHandle _file;
    private byte[] _bytes = [];
    private long _start;
    private int _count;

    /// <summary>Opens a file for reading, beside anyone who writes it.</summary>
    public FileWindow(string path)
    {
        _file = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        Path = path;
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The length of the file now.</summary>
    public long Length => RandomAccess.GetLength(_file);

    /// <summary>
    /// The bytes at an offset, as many as asked or fewer at the end of the file; valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> At(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _count)
            Slide(offset, count);
        var skipped = (int)(offset - _start);
        return _bytes.AsSpan(skipped, Math.Min(count, _count - skipped));
    }

    /// <summary>Forgets what was read, so that the next look sees what has been written since.</summary>
    public void Refresh() => _count = 0;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Slide(long offset, int count)
    {
        var kept = offset >= _start && offset < _start + _count ? (int)(_start + _count - offset) : 0;
        var from = kept > 0 ? (int)(offset - _start) : 0;
        if (_bytes.Length < count || (_bytes.Length > PieceBytes && count <= PieceBytes && kept <= PieceBytes))
        {
            // Neither a small file nor a damaged length reserves more than the file can fill.
            var rest = Math.Max(PieceBytesMin, Length - offset);
            var grown = GC.AllocateUninitializedArray<byte>((int)Math.Min(rest, Math.Max(PieceBytes, count)));
            _bytes.AsSpan(from, kept).CopyTo(grown);
            _bytes = grown;
        }
        else if (kept > 0)
        {
            _bytes.AsSpan(from, kept).CopyTo(_bytes);
        }

        _start = offset;
        _count = kept;
        while (_count < _bytes.Length)
        {
            var read = RandomAccess.Read(_file, _bytes.AsSpan(_count), _start + _count);
            if (read == 0)
                return;
            _count += read;
        }
    }
}
