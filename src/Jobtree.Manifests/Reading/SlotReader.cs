using Jobtree.Manifests.Tree;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes lists of slots, and the two ways to name a run.</summary>
internal static class SlotReader
{
    private const int SlotsMax = 65_536;

    /// <summary>Reads a list of slots as one item per node, in node order; a duplicate slot is an error.</summary>
    public static IReadOnlyList<NodeSlots> Read(FieldReader section, string field, Form<NodeSlots> form)
    {
        var given = section.List(field, SlotsMax, form);
        if (!section.IsSound)
            return [];
        var masks = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var slots in given)
        {
            masks.TryGetValue(slots.Node, out var mask);
            section.Check((mask & slots.Mask) == 0, field, $"lists a slot of node {TextRules.Quote(slots.Node)} twice");
            masks[slots.Node] = mask | slots.Mask;
        }
        return [.. masks.Select(node => new NodeSlots(node.Key, node.Value))];
    }

    /// <summary>Reads <c>run: namespace/name</c>, or the older <c>runRef</c> with a name and a namespace.</summary>
    /// <param name="section">The object with one of the two fields.</param>
    /// <param name="home">The namespace used if none is named.</param>
    public static RunKey ReadRun(FieldReader section, string? home)
    {
        var near = home ?? RunKey.DefaultNamespace;
        if (!section.Has("runRef"))
        {
            section.Ignore("runRef");
            return section.Required("run", Forms.RunOf(near));
        }
        section.Check(!section.Has("run"), "runRef", "is another way to write run; give one of them");
        section.Ignore("run");
        return section.Section("runRef", reference => new RunKey(
            reference.Optional("namespace", Forms.Namespace) ?? near,
            reference.Required("name", Forms.Name)));
    }
}
