namespace Jobtree.Core.Funding;

/// <summary>
/// Payers by owner, and by the owner's parents and grandparents. Finds an owner's family without visiting every payer.
/// </summary>
internal sealed class PayerIndex
{
    private const int GenerationsMax = 2;

    private readonly Kinship kinship;
    private readonly List<Payer> inOrder;
    private readonly Dictionary<string, List<int>> byOwner = [];
    private readonly Dictionary<(string Ancestor, int Generation), List<int>> byAncestor = [];

    /// <summary>Indexes payers.</summary>
    /// <param name="payers">The payers, in order.</param>
    /// <param name="kinship">The family of their owners.</param>
    public PayerIndex(IEnumerable<Payer> payers, Kinship kinship)
    {
        (this.kinship, inOrder) = (kinship, [.. payers]);
        for (var place = 0; place < inOrder.Count; place++)
        {
            var owner = inOrder[place].Owner;
            if (byOwner.TryGetValue(owner, out var same))
            {
                same.Add(place);
                continue;
            }
            byOwner.Add(owner, [place]);
        }
        foreach (var (owner, places) in byOwner)
        {
            foreach (var (ancestor, generation) in kinship.AncestorsOf(owner))
            {
                if (generation > GenerationsMax)
                    continue;
                if (!byAncestor.TryGetValue((ancestor, generation), out var descendants))
                    byAncestor.Add((ancestor, generation), descendants = []);
                descendants.AddRange(places);
            }
        }
    }

    /// <summary>The payers in order.</summary>
    public IReadOnlyList<Payer> InOrder => inOrder;

    /// <summary>
    /// The payers that may belong to an owner's family, in order: its own, its ancestors', and those that share a
    /// parent or a grandparent.
    /// </summary>
    /// <param name="owner">The owner.</param>
    public IEnumerable<Payer> Near(string owner)
    {
        var places = new SortedSet<int>(byOwner.GetValueOrDefault(owner) ?? []);
        foreach (var (ancestor, generation) in kinship.AncestorsOf(owner))
        {
            places.UnionWith(byOwner.GetValueOrDefault(ancestor) ?? []);
            places.UnionWith(byAncestor.GetValueOrDefault((ancestor, generation)) ?? []);
        }
        return places.Select(place => inOrder[place]);
    }
}
