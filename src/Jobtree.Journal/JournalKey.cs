using System.Text;

namespace Jobtree.Journal;

/// <summary>Validates and encodes an actor's key: text of 1 to 512 bytes in UTF-8.</summary>
internal static class JournalKey
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes a key in UTF-8.</summary>
    /// <param name="actor">The key.</param>
    /// <param name="utf8">The destination; at least <see cref="FrameHeader.KeyBytesMax"/> long.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The key is empty, too long or invalid text.</exception>
    public static int Write(ReadOnlySpan<char> actor, Span<byte> utf8)
    {
        // A character takes at most three bytes, so a key this short needs no counting.
        if (actor.Length is 0 or > FrameHeader.KeyBytesMax / 3)
            Count(actor.ToString());
        return Strict.GetBytes(actor, utf8);
    }

    /// <summary>The number of bytes in a key.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long or invalid text.</exception>
    public static int Count(string actor)
    {
        var count = Strict.GetByteCount(actor);
        return count is >= 1 and <= FrameHeader.KeyBytesMax
            ? count
            : throw new ArgumentException(
                $"An actor's key has 1 to {FrameHeader.KeyBytesMax} bytes, not {count}.", nameof(actor));
    }
}
