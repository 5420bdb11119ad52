using System.Buffers.Binary;
using System.Numerics;

namespace Jobtree.Journal;

/// <summary>
/// The first 36 bytes of a frame, little-endian; the actor's key and the payload follow.
/// <code>
///  0  "JTF" and the kind     4  bytes of the frame     8  CRC-32C of all but itself     12  offset of the batch
/// 16  log sequence number   24  actor sequence        32  bytes of the key              34  check of the header
/// </code>
/// Both checks start from the file's salt, so that a payload cannot pose as a frame. A batch is written and flushed as
/// a unit: a frame that names a batch at offset B proves that every byte before B was durable when the frame was
/// written.
/// </summary>
internal readonly record struct FrameHeader(
    FrameKind Kind, int FrameBytes, uint Checksum, long BatchOffset, long Lsn, long Sequence, int KeyBytes)
{
    public const int Bytes = 36;
    public const int KeyBytesMax = 512;
    public const int PayloadBytesLimit = 16 << 20;
    public const int StateBytesLimit = 1 << 30;

    private const int ChecksumAt = 8;
    private const int BatchOffsetAt = 12;
    private const int CheckAt = 34;

    /// <summary>The bytes every frame starts with.</summary>
    public static ReadOnlySpan<byte> Magic => "JTF"u8;

    public int PayloadBytes => FrameBytes - Bytes - KeyBytes;

    /// <summary>
    /// Reads a header whose own check holds and whose lengths are plausible. It does not check the key and payload.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint saltState, int payloadBytesMax, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < Bytes || !bytes.StartsWith(Magic))
            return false;
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[CheckAt..]) != Fold(HeaderState(bytes, saltState)))
            return false;
        var frameBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        var keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[32..]);
        if (frameBytes < Bytes + keyBytes || keyBytes > KeyBytesMax || frameBytes - Bytes - keyBytes > payloadBytesMax)
            return false;
        header = new FrameHeader(
            (FrameKind)bytes[3],
            (int)frameBytes,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[BatchOffsetAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            keyBytes);
        return true;
    }

    /// <summary>Whether the checksum of a whole frame holds.</summary>
    public bool Verifies(ReadOnlySpan<byte> frame, uint saltState) =>
        Crc32C.Finish(Crc32C.Append(HeaderState(frame, saltState), frame[Bytes..FrameBytes])) == Checksum;

    /// <summary>Whether a file holds a whole frame with a valid checksum. The frame is read in pieces.</summary>
    public bool Verifies(FileWindow window, long offset, uint saltState)
    {
        var state = HeaderState(window.At(offset, Math.Min(FrameBytes, FileWindow.PieceBytes)), saltState);
        for (int at = Bytes, count; at < FrameBytes; at += count)
        {
            count = Math.Min(FrameBytes - at, FileWindow.PieceBytes);
            var piece = window.At(offset + at, count);
            if (piece.Length < count)
                return false;
            state = Crc32C.Append(state, piece);
        }

        return Crc32C.Finish(state) == Checksum;
    }

    /// <summary>Writes a header without the batch and the checks; <c>Seal</c> adds them.</summary>
    public static void Write(Span<byte> frame, FrameKind kind, int frameBytes, long lsn, long sequence, int keyBytes)
    {
        Magic.CopyTo(frame);
        frame[3] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], frameBytes);
        BinaryPrimitives.WriteInt64LittleEndian(frame[16..], lsn);
        BinaryPrimitives.WriteInt64LittleEndian(frame[24..], sequence);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[32..], (ushort)keyBytes);
    }

    /// <summary>Adds the batch and the checks to a frame that is contiguous in memory.</summary>
    public static void Seal(Span<byte> frame, uint saltState, long batchOffset) =>
        Seal(frame, frame[Bytes..], [], saltState, batchOffset);

    /// <summary>Adds the batch and the checks to a header whose key and payload are elsewhere in memory.</summary>
    public static void Seal(
        Span<byte> header, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, uint saltState, long batchOffset)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header[BatchOffsetAt..], checked((uint)batchOffset));
        var state = HeaderState(header, saltState);
        BinaryPrimitives.WriteUInt16LittleEndian(header[CheckAt..], Fold(state));
        state = Crc32C.Append(Crc32C.Append(state, key), payload);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ChecksumAt..], Crc32C.Finish(state));
    }

    /// <summary>The length of the frame that <see cref="Write"/> put at the start of these bytes.</summary>
    public static int FrameBytesAt(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt32LittleEndian(frame[4..]);

    /// <summary>The initial checksum state for a file with this salt.</summary>
    public static uint SaltState(ulong salt) => BitOperations.Crc32C(Crc32C.Seed, salt);

    private static uint HeaderState(ReadOnlySpan<byte> header, uint saltState) =>
        Crc32C.Append(Crc32C.Append(saltState, header[..ChecksumAt]), header[BatchOffsetAt..CheckAt]);

    private static ushort Fold(uint state) => (ushort)(state ^ (state >> 16));
}

/// <summary>The kind of a frame. The value is the fourth byte on disk.</summary>
internal enum FrameKind : byte
{
    /// <summary>A record of an actor, in a segment.</summary>
    Record = (byte)'R',

    /// <summary>States that the state of an actor at its last record is kept elsewhere; in a segment.</summary>
    Forget = (byte)'F',

    /// <summary>The state of a forgotten actor, whose next record follows it; in a segment.</summary>
    Restore = (byte)'T',

    /// <summary>States that everything before it is durable; in a segment.</summary>
    Mark = (byte)'M',

    /// <summary>The last frame of a segment that continues in the next one.</summary>
    Seal = (byte)'S',

    /// <summary>The state of an actor, in a snapshot.</summary>
    State = (byte)'A',

    /// <summary>The last frame of a snapshot.</summary>
    End = (byte)'E',
}
