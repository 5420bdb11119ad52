using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>The bytes of a file as they were written, whether or not the file is compressed.</summary>
internal interface IStoredBytes : IDisposable
{
    /// <summary>The present length, uncompressed.</summary>
    long Length { get; }

    /// <summary>Reads some bytes at an offset; 0 at the end.</summary>
    int Read(Span<byte> into, long offset);
}

/// <summary>The bytes of an uncompressed file, which may be growing.</summary>
internal sealed class PlainBytes(SafeFileHandle file) : IStoredBytes
{
    /// <inheritdoc/>
    public long Length => RandomAccess.GetLength(file);

    /// <inheritdoc/>
    public int Read(Span<byte> into, long offset) => RandomAccess.Read(file, into, offset);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}

/// <summary>
/// The bytes of a compressed segment, at the offsets that they had before. Holds one block, compressed and
/// uncompressed.
/// </summary>
internal sealed class CompressedBytes : IStoredBytes
{
    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly BlockIndex index;
    private byte[] compressed = [];
    private byte[] block = [];
    private int number = -1;

    /// <summary>Takes over an open file.</summary>
    /// <exception cref="JournalDamagedException">The file is not a compressed segment.</exception>
    public CompressedBytes(SafeFileHandle file, string path)
    {
        (this.file, this.path) = (file, path);
        index = BlockIndex.Read(file, path);
    }

    /// <inheritdoc/>
    public long Length => index.Bytes;

    /// <inheritdoc/>
    /// <exception cref="JournalDamagedException">The block at this offset is damaged.</exception>
    public int Read(Span<byte> into, long offset)
    {
        if (offset >= index.Bytes)
            return 0;
        var wanted = (int)(offset / index.BlockBytes);
        var blockOffset = (long)wanted * index.BlockBytes;
        var blockBytes = (int)Math.Min(index.BlockBytes, index.Bytes - blockOffset);
        if (number != wanted)
            Load(wanted, blockOffset, blockBytes);
        var from = (int)(offset - blockOffset);
        var count = Math.Min(into.Length, blockBytes - from);
        block.AsSpan(from, count).CopyTo(into);
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Load(int wanted, long blockOffset, int blockBytes)
    {
        number = -1;
        var at = index.Blocks[wanted];
        if (block.Length < blockBytes)
            block = GC.AllocateUninitializedArray<byte>(blockBytes);
        if (compressed.Length < at.Bytes)
            compressed = GC.AllocateUninitializedArray<byte>(at.Bytes);
        if (!BlockIndex.TryRead(file, compressed.AsSpan(0, at.Bytes), at.Offset)
            || BlockIndex.Checksum(compressed.AsSpan(0, at.Bytes)) != at.Checksum
            || !TryDecompress(at.Bytes, blockBytes))
            throw new JournalDamagedException(path, blockOffset,
                $"the compressed block at bytes {at.Offset} to {at.Offset + at.Bytes} of the file, which holds " +
                $"offsets {blockOffset} to {blockOffset + blockBytes} of the segment, is not as it was written");
        number = wanted;
    }

    private bool TryDecompress(int compressedBytes, int blockBytes)
    {
        try
        {
            using var from = new GZipStream(
                new MemoryStream(compressed, 0, compressedBytes), CompressionMode.Decompress);
            return from.ReadAtLeast(block.AsSpan(0, blockBytes), blockBytes, throwOnEndOfStream: false) == blockBytes
                && from.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
