using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Jobtree.Core.Model;

/// <summary>Some GPUs of one node, written <c>node#0-3,6</c>.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Mask">Bit <c>i</c> is the GPU with ordinal <c>i</c>.</param>
public readonly record struct NodeSlots(string Node, ulong Mask)
{
    /// <summary>The number of GPUs.</summary>
    public int Count => BitOperations.PopCount(Mask);

    /// <summary>Its slots of the highest ordinals.</summary>
    /// <param name="count">How many, 0 to <see cref="Count"/>.</param>
    public NodeSlots Highest(int count)
    {
        var lower = Mask;
        for (var i = 0; i < count; i++)
            lower ^= 1UL << BitOperations.Log2(lower);
        return this with { Mask = Mask ^ lower };
    }

    /// <summary>Reads <c>node#0-3,6</c>, <c>node#2</c>.</summary>
    /// <param name="text">The text to read.</param>
    /// <param name="slots">The slots, when the text is well formed.</param>
    public static bool TryParse(string text, out NodeSlots slots)
    {
        slots = default;
        var hash = text.LastIndexOf('#');
        if (hash <= 0 || hash == text.Length - 1)
            return false;
        var mask = 0UL;
        foreach (var range in text.AsSpan(hash + 1).Split(','))
        {
            var part = text.AsSpan(hash + 1)[range];
            var dash = part.IndexOf('-');
            if (!TryOrdinal(dash < 0 ? part : part[..dash], out var first)
                || !TryOrdinal(dash < 0 ? part : part[(dash + 1)..], out var last) || last < first)
                return false;
            for (var ordinal = first; ordinal <= last; ordinal++)
                mask |= 1UL << ordinal;
        }
        slots = new NodeSlots(text[..hash], mask);
        return true;
    }

    /// <summary>Reads <c>node#0-3,6</c>.</summary>
    /// <param name="text">The text to read.</param>
    /// <exception cref="FormatException">The text is not a slot list.</exception>
    public static NodeSlots Parse(string text) =>
        TryParse(text, out var slots) ? slots : throw new FormatException(
            $"'{text}' is not a slot list; write node#0-3,6.");

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> ordinals = stackalloc byte[OrdinalsLengthMax];
        return $"{Node}#{Encoding.ASCII.GetString(ordinals[..FormatOrdinals(ordinals)])}";
    }

    /// <summary>The most characters that the ordinals of a node can take.</summary>
    internal const int OrdinalsLengthMax = 3 * OrdinalEnd;

    /// <summary>Writes the ordinals as <c>0-3,6</c>.</summary>
    /// <returns>The number of characters written.</returns>
    internal int FormatOrdinals(Span<byte> text)
    {
        var written = 0;
        for (var ordinal = 0; ordinal < OrdinalEnd; ordinal++)
        {
            if ((Mask >> ordinal & 1) == 0)
                continue;
            if (written > 0)
                text[written++] = (byte)',';
            var last = ordinal + BitOperations.TrailingZeroCount(~(Mask >> ordinal)) - 1;
            written += Format(ordinal, text[written..]);
            if (last > ordinal)
            {
                text[written++] = (byte)'-';
                written += Format(last, text[written..]);
            }
            ordinal = last;
        }
        return written;
    }

    /// <summary>Reads what <see cref="FormatOrdinals"/> writes.</summary>
    internal static bool TryParseOrdinals(ReadOnlySpan<byte> text, out ulong mask)
    {
        mask = 0;
        for (var at = 0; ; at++)
        {
            if (!TryOrdinal(text, ref at, out var first))
                return false;
            var last = first;
            if (at < text.Length && text[at] == '-')
            {
                at++;
                if (!TryOrdinal(text, ref at, out last) || last < first)
                    return false;
            }
            mask |= ulong.MaxValue >> (OrdinalEnd - 1 - (last - first)) << first;
            if (at == text.Length)
                return true;
            if (text[at] != ',')
                return false;
        }
    }

    private static int Format(int ordinal, Span<byte> text)
    {
        Utf8Formatter.TryFormat(ordinal, text, out var written);
        return written;
    }

    private static bool TryOrdinal(ReadOnlySpan<byte> text, ref int at, out int ordinal)
    {
        ordinal = 0;
        var from = at;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9' && ordinal < OrdinalEnd; at++)
            ordinal = ordinal * 10 + text[at] - '0';
        return at > from && ordinal < OrdinalEnd;
    }

    private static bool TryOrdinal(ReadOnlySpan<char> text, out int ordinal) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ordinal) && ordinal < OrdinalEnd;

    private const int OrdinalEnd = Model.Node.GpusMax;
}
