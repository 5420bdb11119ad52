using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>The nodes that a set of selectors matches, and the domains whose nodes all match.</summary>
public sealed class Eligibility
{
    private readonly HashSet<PlacedNode> matching = [];
    private readonly Dictionary<FabricDomain, int> matchesByDomain = [];

    internal Eligibility(IEnumerable<PlacedNode> nodes, Func<Node, bool> matches)
    {
        foreach (var node in nodes.Where(node => matches(node.Spec)))
        {
            matching.Add(node);
            matchesByDomain[node.Domain] = matchesByDomain.GetValueOrDefault(node.Domain) + 1;
        }
    }

    private Eligibility() => IsEverywhere = true;

    /// <summary>Matches every node.</summary>
    public static Eligibility Everywhere { get; } = new();

    /// <summary>Whether every node matches, without a lookup.</summary>
    public bool IsEverywhere { get; }

    /// <summary>The nodes of a unit that match as well.</summary>
    internal Eligibility Within(FabricDomain domain, TopologyKey unit, LocalityLevel level) =>
        new(domain.Nodes.Where(node => Matches(node) && node.Spec.Unit(level) == unit), static _ => true);

    internal bool Matches(PlacedNode node) => IsEverywhere || matching.Contains(node);

    /// <summary>Whether all nodes of a domain match.</summary>
    internal bool MatchesAll(FabricDomain domain) =>
        IsEverywhere || matchesByDomain.GetValueOrDefault(domain) == domain.Nodes.Count;

    /// <summary>Whether no node of a domain matches.</summary>
    internal bool MatchesNone(FabricDomain domain) => !IsEverywhere && !matchesByDomain.ContainsKey(domain);
}
