using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// The family of owners: each owner's parents, as its budgets declare them. That two paths begin alike means nothing,
/// and an owner without a budget has no family.
/// </summary>
public sealed class Kinship
{
    private readonly Dictionary<string, string[]> parents = [];
    private readonly Dictionary<string, Dictionary<string, int>> ancestors = [];

    /// <summary>Builds the family from budgets.</summary>
    /// <param name="budgets">All budgets.</param>
    public Kinship(IEnumerable<Budget> budgets)
    {
        foreach (var owner in budgets.GroupBy(budget => budget.Owner))
        {
            var named = owner.SelectMany(budget => budget.Parents).Distinct().Order(StringComparer.Ordinal).ToArray();
            if (named.Length > 0)
                parents.Add(owner.Key, named);
        }
    }

    /// <summary>The parents of an owner, in order.</summary>
    /// <param name="owner">The owner.</param>
    public IReadOnlyList<string> ParentsOf(string owner) => parents.GetValueOrDefault(owner, []);

    /// <summary>The relation of an owner to the owner of an envelope. Null if they are not of one family.</summary>
    /// <param name="owner">The run's owner.</param>
    /// <param name="payer">The envelope's owner.</param>
    public Relation? Between(string owner, string payer)
    {
        if (owner == payer)
            return Relation.Owner;
        var mine = AncestorsOf(owner);
        if (mine.TryGetValue(payer, out var distance))
            return Relation.Descendant(distance);
        var theirs = AncestorsOf(payer);
        if (theirs.ContainsKey(owner))
            return null; // A parent may not use its children's envelopes.
        return Share(mine, theirs, 1) ? Relation.Sibling : Share(mine, theirs, 2) ? Relation.Cousin : null;
    }

    /// <summary>
    /// A cycle among the parents: its owners, with the first repeated at the end. Null if there is none.
    /// </summary>
    public IReadOnlyList<string>? FindCycle()
    {
        var done = new HashSet<string>();
        var path = new List<string>();
        foreach (var owner in parents.Keys.Order(StringComparer.Ordinal))
        {
            if (CycleFrom(owner, path, done) is { } cycle)
                return cycle;
        }
        return null;
    }

    /// <summary>Every ancestor of an owner, with its shortest distance.</summary>
    internal Dictionary<string, int> AncestorsOf(string owner)
    {
        if (ancestors.TryGetValue(owner, out var found))
            return found;
        found = [];
        var generation = ParentsOf(owner);
        for (var distance = 1; generation.Count > 0 && distance <= Relation.DistanceMax; distance++)
        {
            var here = distance;
            var fresh = generation.Where(parent => parent != owner && found.TryAdd(parent, here)).ToArray();
            generation = [.. fresh.SelectMany(ParentsOf).Distinct()];
        }
        ancestors.Add(owner, found);
        return found;
    }

    private List<string>? CycleFrom(string owner, List<string> path, HashSet<string> done)
    {
        if (path.IndexOf(owner) is >= 0 and var start)
            return [.. path[start..], owner];
        if (!done.Add(owner))
            return null;
        path.Add(owner);
        foreach (var parent in ParentsOf(owner))
        {
            if (CycleFrom(parent, path, done) is { } cycle)
                return cycle;
        }
        path.RemoveAt(path.Count - 1);
        return null;
    }

    private static bool Share(Dictionary<string, int> mine, Dictionary<string, int> theirs, int generations)
    {
        foreach (var (ancestor, distance) in mine)
        {
            if (distance == generations && theirs.GetValueOrDefault(ancestor) == generations)
                return true;
        }
        return false;
    }
}
