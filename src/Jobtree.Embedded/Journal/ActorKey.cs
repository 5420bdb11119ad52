using System.Text;

namespace Jobtree.Embedded.Journal;

/// <summary>What may be an actor's key: text of 1 to 512 bytes in UTF-8.</summary>
internal static class ActorKey
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a key.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, or no text.</exception>
    public static int Count(string actor)
    {
        var count = s_strict.GetByteCount(actor);
        return count is >= 1 and <= FrameHeader.KeyBytesMax
            ? count
            : throw new ArgumentException($"An actor's key has 1 to {FrameHeader.KeyBytesMax} bytes, not {count}.", nameof(actor));
    }
}
