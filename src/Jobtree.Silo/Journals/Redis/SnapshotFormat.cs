using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Jobtree.Journal;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Snapshot layout: one byte for the encoding, then the uncompressed length if compressed, then the payload.
/// </summary>
internal static class SnapshotFormat
{
    private const byte Plain = 1;
    private const byte Deflated = 2;
    private const int CompressFrom = 2 << 10;
    private const int DeflatedHeaderBytes = 1 + sizeof(int);
    private const int SliceBytes = 1 << 20;

    /// <summary>Encodes a state, compressed if it is large and becomes smaller.</summary>
    public static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> state)
    {
        if (state.Length >= CompressFrom)
        {
            using var deflated = new MemoryStream(state.Length / 4);
            deflated.Write(HeaderOf(state));
            using (var deflate = new DeflateStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
                deflate.Write(state.Span);
            if (deflated.Length < state.Length)
                return deflated.GetBuffer().AsMemory(0, (int)deflated.Length);
        }
        var plain = new byte[1 + state.Length];
        plain[0] = Plain;
        state.Span.CopyTo(plain.AsSpan(1));
        return plain;
    }

    /// <summary>Encodes a large state, compressed in any case.</summary>
    /// <returns>The checksum of the state.</returns>
    public static async Task<long> Write(ReadOnlyMemory<byte> state, Stream stored, CancellationToken cancellation)
    {
        await stored.WriteAsync(HeaderOf(state), cancellation);
        await using var deflate = new DeflateStream(stored, CompressionLevel.Fastest, leaveOpen: true);
        var checksum = Crc32C.Seed;
        for (var rest = state; !rest.IsEmpty; rest = rest[Math.Min(SliceBytes, rest.Length)..])
        {
            var slice = rest[..Math.Min(SliceBytes, rest.Length)];
            checksum = Crc32C.Append(checksum, slice.Span);
            await deflate.WriteAsync(slice, cancellation);
        }
        return Crc32C.Finish(checksum);
    }

    /// <summary>The checksum of a state.</summary>
    public static long ChecksumOf(ReadOnlySpan<byte> state) => Crc32C.Finish(Crc32C.Append(Crc32C.Seed, state));

    /// <summary>Decodes a large state.</summary>
    /// <exception cref="InvalidDataException">The snapshot is malformed, or larger than allowed.</exception>
    public static async Task<byte[]> Read(Stream stored, int bytesMax, CancellationToken cancellation)
    {
        var header = new byte[DeflatedHeaderBytes];
        if (await stored.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellation)
            < header.Length || header[0] != Deflated)
            throw new InvalidDataException($"this version does not know its format {header[0]}");
        var state = GC.AllocateUninitializedArray<byte>(LengthOf(header, bytesMax));
        await using var inflate = new DeflateStream(stored, CompressionMode.Decompress, leaveOpen: true);
        if (await inflate.ReadAtLeastAsync(state, state.Length, throwOnEndOfStream: false, cancellation) < state.Length)
            throw EndsBefore(state.Length);
        return await inflate.ReadAsync(header, cancellation) == 0 ? state : throw GoesOnAfter(state.Length);
    }

    /// <summary>Decodes a state.</summary>
    /// <exception cref="InvalidDataException">The snapshot is malformed, or larger than allowed.</exception>
    public static ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> kept, int bytesMax)
    {
        var bytes = kept.Span;
        if (bytes.IsEmpty)
            throw new InvalidDataException("it is empty");
        switch (bytes[0])
        {
            case Plain when bytes.Length - 1 <= bytesMax:
                return kept[1..];
            case Deflated when bytes.Length > DeflatedHeaderBytes:
                return Inflate(kept[DeflatedHeaderBytes..], LengthOf(bytes, bytesMax));
            default:
                throw new InvalidDataException($"this version does not know its format {bytes[0]}, or it is too large");
        }
    }

    private static byte[] HeaderOf(ReadOnlyMemory<byte> state)
    {
        var header = new byte[DeflatedHeaderBytes];
        header[0] = Deflated;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), state.Length);
        return header;
    }

    private static int LengthOf(ReadOnlySpan<byte> header, int bytesMax)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[1..]);
        return length >= 0 && length <= bytesMax ? length : throw new InvalidDataException(
            $"it says that it has {length} bytes; at most {bytesMax} are allowed");
    }

    private static byte[] Inflate(ReadOnlyMemory<byte> deflated, int length)
    {
        var source = MemoryMarshal.TryGetArray(deflated, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(deflated.ToArray(), writable: false);
        using var inflate = new DeflateStream(source, CompressionMode.Decompress);
        var state = new byte[length];
        if (inflate.ReadAtLeast(state, length, throwOnEndOfStream: false) < length)
            throw EndsBefore(length);
        return inflate.ReadByte() < 0 ? state : throw GoesOnAfter(length);
    }

    private static InvalidDataException EndsBefore(int length) => new($"it ends before its {length} bytes");

    private static InvalidDataException GoesOnAfter(int length) => new($"it goes on after its {length} bytes");
}
