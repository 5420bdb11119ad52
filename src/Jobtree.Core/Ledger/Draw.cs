using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Jobtree.Core.Ledger;

/// <summary>
/// A stream of uniform random numbers from a seed: SHA-256 in counter mode, so that any language can repeat the draw.
/// </summary>
/// <param name="seed">The seed in hexadecimal.</param>
public sealed class Draw(string seed)
{
    private readonly byte[] key = Convert.FromHexString(seed);
    private long counter;

    /// <summary>The next number below a bound; all are equally likely.</summary>
    /// <param name="bound">At least 1.</param>
    public int Below(int bound)
    {
        // Redraw numbers from the last, incomplete stretch of the 64-bit range, because they would favour low results.
        var limit = ulong.MaxValue - ulong.MaxValue % (ulong)bound;
        ulong number;
        do
        {
            number = Next();
        }
        while (number >= limit);
        return (int)(number % (ulong)bound);
    }

    private ulong Next()
    {
        Span<byte> block = stackalloc byte[key.Length + sizeof(long)];
        key.CopyTo(block);
        BinaryPrimitives.WriteInt64BigEndian(block[key.Length..], counter++);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(block, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
