using System.Globalization;
using System.Numerics;
using System.Text;

namespace Jobtree.Core.Model;

/// <summary>Some GPUs of one node, written <c>node#0-3,6</c>.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Mask">Bit <c>i</c> is the GPU with ordinal <c>i</c>.</param>
public readonly record struct NodeSlots(string Node, ulong Mask)
{
    /// <summary>How many GPUs.</summary>
    public int Count => BitOperations.PopCount(Mask);

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
            if (!TryOrdinal(dash < 0 ? part : part[..dash], out var first) || !TryOrdinal(dash < 0 ? part : part[(dash + 1)..], out var last) || last < first)
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
        TryParse(text, out var slots) ? slots : throw new FormatException($"'{text}' is not a slot list; write node#0-3,6.");

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder(Node.Length + 8).Append(Node).Append('#');
        var separator = "";
        for (var ordinal = 0; ordinal < 64; ordinal++)
        {
            if ((Mask >> ordinal & 1) == 0)
                continue;
            var last = ordinal;
            while (last < 63 && (Mask >> (last + 1) & 1) != 0)
                last++;
            text.Append(separator).Append(ordinal);
            if (last > ordinal)
                text.Append('-').Append(last);
            separator = ",";
            ordinal = last;
        }
        return text.ToString();
    }

    private static bool TryOrdinal(ReadOnlySpan<char> text, out int ordinal) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ordinal) && ordinal < OrdinalEnd;

    private const int OrdinalEnd = Model.Node.GpusMax;
}
