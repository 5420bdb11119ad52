using System.Buffers.Binary;

namespace Jobtree.Journal;

/// <summary>
/// The first 64 bytes of a segment or a snapshot, little-endian.
/// <code>
///  0  "JTJRNLOG" or "JTSNAPSH"    8  format version    12  CRC-32C of all but itself    16  number of the segment
/// 24  first log sequence number  32  bytes of the segment before, without its seal      40  salt of the frames' checks
/// 48  identity of the journal
/// </code>
/// A snapshot's header holds the number of the segment that continues it. Segments of version 1 hold no forgotten or
/// restored actors.
/// </summary>
internal readonly record struct FileHeader(
    bool IsSnapshot, long Number, long FirstLsn, long PreviousBytes, ulong Salt, Guid Journal,
    uint Version = FileHeader.VersionNow)
{
    public const int Bytes = 64;
    public const uint VersionNow = 2;
    private const uint VersionMin = 1;
    private const int ChecksumAt = 12;

    private static ReadOnlySpan<byte> SegmentMagic => "JTJRNLOG"u8;

    private static ReadOnlySpan<byte> SnapshotMagic => "JTSNAPSH"u8;

    public uint SaltState => FrameHeader.SaltState(Salt);

    public void Write(Span<byte> bytes)
    {
        (IsSnapshot ? SnapshotMagic : SegmentMagic).CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], FirstLsn);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], PreviousBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], Salt);
        Journal.TryWriteBytes(bytes[48..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumAt..], Checksum(bytes));
    }

    /// <summary>Reads and verifies the header of the file with this segment's or snapshot's name.</summary>
    /// <exception cref="JournalDamagedException">The header is damaged or does not match the file's name.</exception>
    public static FileHeader Read(ReadOnlySpan<byte> bytes, string file, bool isSnapshot, long number)
    {
        var what = isSnapshot ? "snapshot" : "segment";
        if (bytes.Length < Bytes)
            throw new JournalDamagedException(
                file, 0, $"a {what} starts with a header of {Bytes} bytes, but only {bytes.Length} are there");
        if (!bytes.StartsWith(isSnapshot ? SnapshotMagic : SegmentMagic))
            throw new JournalDamagedException(file, 0, $"it does not start as a {what} does");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]) != Checksum(bytes))
            throw new JournalDamagedException(file, 0, "the checksum of its header does not hold");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version is < VersionMin or > VersionNow)
            throw new JournalDamagedException(file, 8,
                $"its format is version {version}, but this program reads versions {VersionMin} to {VersionNow}");
        var header = new FileHeader(
            isSnapshot,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            new Guid(bytes[48..Bytes]),
            version);
        return header.Number == number
            ? header
            : throw new JournalDamagedException(
                file, 16, $"its header says that it is {what} {header.Number}, but its name says {number}");
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) =>
        Crc32C.Finish(
            Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes[..ChecksumAt]), bytes[(ChecksumAt + sizeof(uint))..Bytes]));
}
