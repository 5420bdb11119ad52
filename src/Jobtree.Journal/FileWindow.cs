namespace Jobtree.Journal;

/// <summary>
/// A sliding view of a file, read forward in large pieces. It grows only for a frame larger than a piece, while that
/// frame is in use. Offsets in a compressed segment are those in the segment before it was compressed.
/// </summary>
internal sealed class FileWindow : IDisposable
{
    /// <summary>How many bytes are read at once.</summary>
    public const int PieceBytes = 1 << 20;

    private const int PieceBytesMin = 4 << 10;
    private readonly IStoredBytes file;
    private byte[] buffer = [];
    private long start;
    private int filled;

    /// <summary>Opens a file for reading while another process may write it.</summary>
    public FileWindow(string path)
    {
        var opened = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        try
        {
            file = JournalFolder.IsCompressed(path) ? new CompressedBytes(opened, path) : new PlainBytes(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
        Path = path;
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The present length of the file.</summary>
    public long Length => file.Length;

    /// <summary>
    /// The bytes at an offset: as many as requested, or fewer at the end of the file. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> At(long offset, int count)
    {
        if (offset < start || offset + count > start + filled)
            Slide(offset, count);
        var skipped = (int)(offset - start);
        return buffer.AsSpan(skipped, Math.Min(count, filled - skipped));
    }

    /// <summary>Discards the buffered bytes, so that the next read sees what has been written since.</summary>
    public void Refresh() => filled = 0;

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Slide(long offset, int count)
    {
        var kept = offset >= start && offset < start + filled ? (int)(start + filled - offset) : 0;
        var from = kept > 0 ? (int)(offset - start) : 0;
        if (buffer.Length < count || (buffer.Length > PieceBytes && count <= PieceBytes && kept <= PieceBytes))
        {
            // Bounded by the rest of the file, so that a small file or a damaged length cannot reserve more memory.
            var rest = Math.Max(PieceBytesMin, Length - offset);
            var grown = GC.AllocateUninitializedArray<byte>((int)Math.Min(rest, Math.Max(PieceBytes, count)));
            buffer.AsSpan(from, kept).CopyTo(grown);
            buffer = grown;
        }
        else if (kept > 0)
        {
            buffer.AsSpan(from, kept).CopyTo(buffer);
        }

        start = offset;
        filled = kept;
        // Not further than needed: what lies beyond may be damaged.
        while (filled < count)
        {
            var read = file.Read(buffer.AsSpan(filled), start + filled);
            if (read == 0)
                return;
            filled += read;
        }
    }
}
