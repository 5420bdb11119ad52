using System.Buffers.Binary;
using System.Numerics;

namespace Jobtree.Journal;

/// <summary>The CRC-32C (Castagnoli) checksum, computed incrementally with the processor's own instruction.</summary>
public static class Crc32C
{
    /// <summary>The state before the first byte.</summary>
    public const uint Seed = uint.MaxValue;

    /// <summary>The state after more bytes.</summary>
    /// <param name="state">The state before them.</param>
    /// <param name="bytes">The bytes.</param>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
            state = BitOperations.Crc32C(state, value);
        return state;
    }

    /// <summary>The checksum for a final state.</summary>
    /// <param name="state">The state after the last byte.</param>
    public static uint Finish(uint state) => ~state;
}
