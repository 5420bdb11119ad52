using System.Security.Cryptography;
using System.Text;
using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>
/// The hash chain that makes a ledger tamper-evident: each entry carries the SHA-256 of the previous entry's bytes.
/// </summary>
public static class HashChain
{
    /// <summary>The link of the first entry of a ledger.</summary>
    public const string Root = "";

    /// <summary>The link that the entry after this one must carry.</summary>
    /// <param name="entry">The bytes of an entry as written.</param>
    public static string Link(ReadOnlySpan<byte> entry)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entry, hash);
        return Convert.ToBase64String(hash);
    }

    /// <summary>A link in hexadecimal, for display.</summary>
    /// <param name="link">A link.</param>
    public static string ToHex(string link) => Convert.ToHexStringLower(Convert.FromBase64String(link));

    /// <summary>A link from its hexadecimal form.</summary>
    /// <param name="hex">What <see cref="ToHex"/> gave.</param>
    public static string OfHex(string hex) => Convert.ToBase64String(Convert.FromHexString(hex));

    /// <summary>The seed of a lottery.</summary>
    /// <param name="run">The run that demands the GPUs.</param>
    /// <param name="at">The instant of the decision.</param>
    /// <param name="head">The link after the last entry.</param>
    /// <returns>SHA-256 over <c>run, newline, UTC ticks, newline, head</c>, in hexadecimal.</returns>
    public static string Seed(RunKey run, DateTimeOffset at, string head) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\n{at.UtcTicks}\n{head}")));
}
