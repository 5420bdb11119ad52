using System.Text;

namespace Jobtree.Journal;

/// <summary>What may be an actor's key: text of 1 to 512 bytes in UTF-8.</summary>
internal static class JournalKey
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a key as bytes.</summary>
    /// <param name="actor">The key.</param>
    /// <param name="utf8">Where to write it; at least <see cref="FrameHeader.KeyBytesMax"/> long.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="ArgumentException">It is empty, too long, or no text.</exception>
    public static int Write(ReadOnlySpan<char> actor, Span<byte> utf8)
    {
        // Three bytes a character at the most: a key that fits like this need not be counted first.
        if (actor.Length is 0 or > FrameHeader.KeyBytesMax / 3)
            Count(actor.ToString());
        return Strict.GetBytes(actor, utf8);
    }

    /// <summary>The bytes of a key.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, or no text.</exception>
    public static int Count(string actor)
    {
        var count = Strict.GetByteCount(actor);
        return count is >= 1 and <= FrameHeader.KeyBytesMax
            ? count
            : throw new ArgumentException(
                $"An actor's key has 1 to {FrameHeader.KeyBytesMax} bytes, not {count}.", nameof(actor));
    }
}
