using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Jobtree.Execution.Processes.Containment;

/// <summary>
/// The marks of this folder's attempts. Each process of an attempt has the attempt's mark as its limit of file locks,
/// which Linux has not enforced since 2.4. Children inherit a limit whatever they do to their session, parent and
/// environment, and nobody but root can raise one; so a process is found by it, also by the next host.
/// </summary>
internal sealed class ProcessMarks
{
    private const int AttemptBits = 38;
    // Below the value that means "unlimited", and above any limit that somebody would set by hand.
    private const ulong Base = 1UL << 62;

    private readonly byte[] host;

    private ProcessMarks(byte[] host) => this.host = host;

    /// <summary>A name for this folder that no other folder of the machine has.</summary>
    public string Name => Convert.ToHexStringLower(host);

    /// <summary>Reads the folder's identity, or gives it one. It is random: the path of a folder may be the same in
    /// two containers that share their process ids.</summary>
    /// <param name="file">Where it is written down.</param>
    public static ProcessMarks Of(string file)
    {
        if (RegularFile.ReadText(file) is { Length: 16 } known && known.All(char.IsAsciiHexDigitLower))
            return new ProcessMarks(Convert.FromHexString(known));
        var fresh = RandomNumberGenerator.GetBytes(8);
        OwnerOnly.WriteText(file, Convert.ToHexStringLower(fresh));
        return new ProcessMarks(fresh);
    }

    /// <summary>The mark of an attempt. It is computed, so that it is known though the attempt's records are
    /// damaged.</summary>
    /// <param name="attempt">The attempt.</param>
    public ulong Of(AttemptId attempt)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{attempt.Run} {attempt.Attempt} {attempt.StartedAt.UtcTicks}");
        var hash = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData([.. host, .. Encoding.UTF8.GetBytes(text)]));
        return Folder() | hash & (1UL << AttemptBits) - 1;
    }

    /// <summary>Whether a limit is the mark of an attempt of this folder.</summary>
    /// <param name="limit">The limit.</param>
    public bool IsOurs(ulong limit) => limit >> AttemptBits == Folder() >> AttemptBits;

    private ulong Folder() =>
        Base | BinaryPrimitives.ReadUInt64BigEndian(host) >> 2 & ~((1UL << AttemptBits) - 1);
}
