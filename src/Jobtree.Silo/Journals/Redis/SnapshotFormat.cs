using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

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

    /// <summary>Encodes a state, compressed if it is large and becomes smaller.</summary>
    public static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> state)
    {
        if (state.Length >= CompressFrom)
        {
            using var deflated = new MemoryStream(state.Length / 4);
            deflated.WriteByte(Deflated);
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, state.Length);
            deflated.Write(length);
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
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]);
                if (length < 0 || length > bytesMax)
                    throw new InvalidDataException(
                        $"it says that it has {length} bytes; at most {bytesMax} are allowed");
                return Inflate(kept[DeflatedHeaderBytes..], length);
            default:
                throw new InvalidDataException($"this version does not know its format {bytes[0]}, or it is too large");
        }
    }

    private static byte[] Inflate(ReadOnlyMemory<byte> deflated, int length)
    {
        var source = MemoryMarshal.TryGetArray(deflated, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(deflated.ToArray(), writable: false);
        using var inflate = new DeflateStream(source, CompressionMode.Decompress);
        var state = new byte[length];
        try
        {
            inflate.ReadExactly(state);
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException($"it ends before its {length} bytes");
        }
        return inflate.ReadByte() < 0 ? state : throw new InvalidDataException($"it goes on after its {length} bytes");
    }
}
