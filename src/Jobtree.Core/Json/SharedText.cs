using System.Buffers.Binary;
using System.Text;

namespace Jobtree.Core.Json;

/// <summary>
/// Interns texts that are read repeatedly, such as owners and node names. It is a lock-free cache of bounded size: a
/// text may evict another, and two threads may each create a string for the same text.
/// </summary>
public sealed class SharedText
{
    /// <summary>The most texts that the cache holds.</summary>
    public const int TextsMax = 1 << 17;

    private const int TextsAtFirst = 1 << 8;
    private const int BytesMax = 64;

    private string?[] known = new string?[TextsAtFirst];
    private int count;

    /// <summary>The shared string for a text.</summary>
    /// <param name="utf8">The text in UTF-8.</param>
    public string Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > BytesMax || !Ascii.IsValid(utf8))
            return Encoding.UTF8.GetString(utf8);
        var texts = known;
        ref var place = ref texts[Place(utf8, texts.Length)];
        if (place is { } text && Ascii.Equals(utf8, text))
            return text;
        text = Encoding.ASCII.GetString(utf8);
        if (place is null && ++count > texts.Length / 2 && texts.Length < TextsMax)
            Grow(texts);
        else
            place = text;
        return text;
    }

    /// <summary>The shared string for a text.</summary>
    /// <param name="text">The text.</param>
    public string Of(ReadOnlySpan<char> text)
    {
        if (text.Length > BytesMax || !Ascii.IsValid(text))
            return text.ToString();
        Span<byte> utf8 = stackalloc byte[BytesMax];
        return Of(utf8[..Encoding.ASCII.GetBytes(text, utf8)]);
    }

    private void Grow(string?[] texts)
    {
        var grown = new string?[texts.Length * 4];
        Span<byte> utf8 = stackalloc byte[BytesMax];
        count = 0;
        foreach (var text in texts)
        {
            if (text is null)
                continue;
            grown[Place(utf8[..Encoding.ASCII.GetBytes(text, utf8)], grown.Length)] = text;
            count++;
        }
        known = grown;
    }

    /// <summary>
    /// The only slot that can hold a text, by Knuth's multiplicative hash over eight bytes at a time (the factor is
    /// 2^64 over the golden ratio). A new text evicts another one in its slot.
    /// </summary>
    private static int Place(ReadOnlySpan<byte> utf8, int places)
    {
        var hash = (ulong)utf8.Length;
        for (; utf8.Length >= sizeof(ulong); utf8 = utf8[sizeof(ulong)..])
            hash = Mixed(hash, BinaryPrimitives.ReadUInt64LittleEndian(utf8));
        var rest = 0UL;
        foreach (var octet in utf8)
            rest = rest << 8 | octet;
        hash = Mixed(hash, rest);
        return (int)((hash ^ (hash >> 32)) & (uint)(places - 1));
    }

    private static ulong Mixed(ulong hash, ulong part)
    {
        hash = (hash ^ part) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
