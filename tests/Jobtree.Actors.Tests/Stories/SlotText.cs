using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>
/// Writes slots shortly: neighbours with the same ordinals become one range of nodes, <c>d0n0..3#0-7</c>.
/// </summary>
internal static class SlotText
{
    public static string Of(IEnumerable<NodeSlots> slots)
    {
        var all = slots.ToArray();
        var parts = new List<string>();
        for (var i = 0; i < all.Length;)
        {
            var last = i;
            while (last + 1 < all.Length && all[last + 1].Mask == all[i].Mask
                && IsNext(all[last].Node, all[last + 1].Node))
                last++;
            var ordinals = all[i].ToString()[(all[i].Node.Length + 1)..];
            parts.Add(last == i ? all[i].ToString()
                : $"{all[i].Node}..{all[last].Node[PrefixOf(all[last].Node).Length..]}#{ordinals}");
            i = last + 1;
        }
        return parts.Count == 0 ? "nowhere yet" : string.Join(' ', parts);
    }

    private static bool IsNext(string node, string next) =>
        PrefixOf(node) == PrefixOf(next) && NumberOf(next) == NumberOf(node) + 1;

    private static string PrefixOf(string node) => node.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');

    private static int NumberOf(string node) =>
        int.TryParse(node.AsSpan(PrefixOf(node).Length), CultureInfo.InvariantCulture, out var number) ? number : -9;
}
