using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>
/// The end of a compressed segment: an empty gzip member whose extra field says where each block is, so that any gzip
/// program reads the file and a reader can begin at any block. Little-endian:
/// <code>
///  0  header of gzip with an extra field named JT    16  bytes of a block, uncompressed    20  bytes of the segment
/// 28  for each block: bytes in the file, and their CRC-32C
///     CRC-32C of all before; bytes of this member; the end of an empty gzip member
/// </code>
/// </summary>
internal sealed class BlockIndex
{
    private const int EntriesAt = 28;
    private const int EntryBytes = 8;
    private const int ChecksBytes = 8;
    private const int ExtraBytesMax = ushort.MaxValue;
    private const int BlockBytesMax = 16 << 20;

    private BlockIndex(int blockBytes, long bytes, Block[] blocks) =>
        (BlockBytes, Bytes, Blocks) = (blockBytes, bytes, blocks);

    /// <summary>The uncompressed size of each block but the last.</summary>
    public int BlockBytes { get; }

    /// <summary>The uncompressed size of the segment.</summary>
    public long Bytes { get; }

    /// <summary>The blocks, in order.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    private static ReadOnlySpan<byte> Head => [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff];

    /// <summary>An empty block of deflate, its CRC-32 and its length.</summary>
    private static ReadOnlySpan<byte> End => [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static int MemberBytesMin => EntriesAt + ChecksBytes + End.Length;

    /// <summary>The bytes of an index.</summary>
    /// <param name="blockBytes">The uncompressed size of each block but the last.</param>
    /// <param name="bytes">The uncompressed size of the segment.</param>
    /// <param name="blocks">The blocks, in order.</param>
    public static byte[] Write(int blockBytes, long bytes, IReadOnlyList<Block> blocks)
    {
        var member = new byte[MemberBytesMin + (blocks.Count * EntryBytes)];
        var extraBytes = checked((ushort)(member.Length - End.Length - Head.Length - sizeof(ushort)));
        Head.CopyTo(member);
        BinaryPrimitives.WriteUInt16LittleEndian(member.AsSpan(10), extraBytes);
        "JT"u8.CopyTo(member.AsSpan(12));
        BinaryPrimitives.WriteUInt16LittleEndian(member.AsSpan(14), (ushort)(extraBytes - 4));
        BinaryPrimitives.WriteInt32LittleEndian(member.AsSpan(16), blockBytes);
        BinaryPrimitives.WriteInt64LittleEndian(member.AsSpan(20), bytes);
        var at = EntriesAt;
        foreach (var block in blocks)
        {
            BinaryPrimitives.WriteInt32LittleEndian(member.AsSpan(at), block.Bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(member.AsSpan(at + sizeof(int)), block.Checksum);
            at += EntryBytes;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(member.AsSpan(at), Checksum(member.AsSpan(0, at)));
        BinaryPrimitives.WriteInt32LittleEndian(member.AsSpan(at + sizeof(uint)), member.Length);
        End.CopyTo(member.AsSpan(at + ChecksBytes));
        return member;
    }

    /// <summary>Reads and verifies the index at the end of a file.</summary>
    /// <exception cref="JournalDamagedException">The file does not end with an index that fits it.</exception>
    public static BlockIndex Read(SafeFileHandle file, string path)
    {
        var fileBytes = RandomAccess.GetLength(file);
        Span<byte> last = stackalloc byte[sizeof(int) + End.Length];
        if (fileBytes < MemberBytesMin || !TryRead(file, last, fileBytes - last.Length)
            || !last[sizeof(int)..].SequenceEqual(End))
            throw Damaged(path);
        var memberBytes = BinaryPrimitives.ReadInt32LittleEndian(last);
        if (memberBytes < MemberBytesMin || memberBytes > fileBytes || memberBytes > ExtraBytesMax + MemberBytesMin
            || (memberBytes - MemberBytesMin) % EntryBytes != 0)
            throw Damaged(path);
        var member = new byte[memberBytes];
        var checksumAt = memberBytes - End.Length - ChecksBytes;
        if (!TryRead(file, member, fileBytes - memberBytes) || !member.AsSpan().StartsWith(Head)
            || BinaryPrimitives.ReadUInt32LittleEndian(member.AsSpan(checksumAt))
                != Checksum(member.AsSpan(0, checksumAt)))
            throw Damaged(path);
        var index = new BlockIndex(
            BinaryPrimitives.ReadInt32LittleEndian(member.AsSpan(16)),
            BinaryPrimitives.ReadInt64LittleEndian(member.AsSpan(20)),
            Entries(member.AsSpan(EntriesAt..checksumAt)));
        return index.Fits(fileBytes - memberBytes) ? index : throw Damaged(path);
    }

    /// <summary>The checksum of bytes as they stand in the file.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes) => Crc32C.Finish(Crc32C.Append(Crc32C.Seed, bytes));

    /// <summary>Reads as many bytes as fit into the span; false if the file ends before.</summary>
    public static bool TryRead(SafeFileHandle file, Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file, into, offset);
            if (read == 0)
                return false;
            into = into[read..];
            offset += read;
        }
        return true;
    }

    private static Block[] Entries(ReadOnlySpan<byte> entries)
    {
        var blocks = new Block[entries.Length / EntryBytes];
        var offset = 0L;
        for (var number = 0; number < blocks.Length; number++)
        {
            var entry = entries[(number * EntryBytes)..];
            var bytes = BinaryPrimitives.ReadInt32LittleEndian(entry);
            blocks[number] = new Block(offset, bytes, BinaryPrimitives.ReadUInt32LittleEndian(entry[sizeof(int)..]));
            offset += bytes;
        }
        return blocks;
    }

    /// <summary>Whether the numbers are possible for blocks of so many bytes in all.</summary>
    private bool Fits(long fileBytes) =>
        BlockBytes is > 0 and <= BlockBytesMax
        && (Bytes + BlockBytes - 1) / BlockBytes == Blocks.Count
        && Blocks.All(block => block.Bytes is > 0 and <= BlockBytesMax * 2)
        && Blocks.Sum(block => (long)block.Bytes) == fileBytes;

    private static JournalDamagedException Damaged(string path) => new(
        path, 0, "the compressed segment does not end with the index of its blocks; gunzip may still read the blocks");

    /// <summary>A block as a gzip member of the file.</summary>
    /// <param name="Offset">Where it begins in the file.</param>
    /// <param name="Bytes">Its bytes in the file.</param>
    /// <param name="Checksum">Their checksum.</param>
    internal readonly record struct Block(long Offset, int Bytes, uint Checksum);
}
