using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// The nodes of one flavor and their used slots. Taking and releasing slots updates a summary per domain of what is
/// free. So packing reads one summary per domain instead of every node.
/// </summary>
public sealed class Fleet
{
    private readonly Dictionary<string, PlacedNode> nodes = [];
    private readonly Dictionary<DomainKey, FabricDomain> domainsByKey = [];
    private readonly List<FabricDomain> domains = [];
    private readonly Dictionary<string, Eligibility> eligibilities = [];

    /// <summary>Free GPUs of all nodes.</summary>
    public int Free { get; private set; }

    /// <summary>
    /// GPUs that only some work may take: spare slots without a filler (unfunded work), and idle slots of draining
    /// nodes (work that ends in time).
    /// </summary>
    public int Marginal { get; private set; }

    /// <summary>GPUs of all nodes, in any state.</summary>
    public int Gpus { get; private set; }

    /// <summary>
    /// Grows whenever slots are released, spares are taken (a filler may use them), or a node is added or changed. What
    /// did not fit before may fit after that.
    /// </summary>
    public long Openings { get; private set; }

    /// <summary>Grows whenever a node is added, changed or removed.</summary>
    internal long Layouts { get; private set; }

    /// <summary>The number of nodes.</summary>
    public int Count => nodes.Count;

    /// <summary>The nodes, in no particular order.</summary>
    public IEnumerable<Node> Nodes => nodes.Values.Select(node => node.Spec);

    internal List<FabricDomain> Domains => domains;

    /// <summary>The node with a name. Null if there is none.</summary>
    /// <param name="name">The node's name.</param>
    public Node? Find(string name) => nodes.GetValueOrDefault(name)?.Spec;

    /// <summary>The slots of a node under an open lease, as a mask.</summary>
    /// <param name="name">The node's name.</param>
    public ulong UsedSlots(string name) => nodes.TryGetValue(name, out var node) ? node.Used : 0;

    /// <summary>The slots of a node under open leases of each role, as masks.</summary>
    /// <param name="name">The node's name.</param>
    public (ulong Active, ulong Spare) SlotsByRole(string name) =>
        nodes.TryGetValue(name, out var node) ? (node.Active, node.Spare) : default;

    /// <summary>Adds or changes a node. Slots in use stay in use, so the node must still have them.</summary>
    /// <param name="spec">The new or changed node.</param>
    public void Put(Node spec)
    {
        var (active, spare) = (0UL, 0UL);
        if (nodes.TryGetValue(spec.Name, out var old))
        {
            (active, spare) = (old.Active, old.Spare);
            Remove(spec.Name);
        }
        if (!domainsByKey.TryGetValue(spec.Domain(), out var domain))
            domain = AddDomain(spec.Domain());
        var node = new PlacedNode(domain.Share(spec), domain) { Active = active, Spare = spare };
        if ((node.Used & ~node.All) != 0)
            throw new InvalidOperationException($"Node {spec.Name} would lose GPUs that are in use.");
        nodes.Add(spec.Name, node);
        var at = domain.Nodes.FindIndex(other => string.CompareOrdinal(other.Spec.Name, spec.Name) > 0);
        domain.Nodes.Insert(at < 0 ? domain.Nodes.Count : at, node);
        domain.CountIn(node.FreeCount);
        domain.ForgetLevels();
        Free += node.FreeCount;
        CountMarginal(node, MarginalOf(node));
        Gpus += spec.Gpus;
        eligibilities.Clear();
        Layouts++;
        Openings++;
        CheckTotals();
    }

    /// <summary>Removes a node and everything on it.</summary>
    /// <param name="name">The node's name.</param>
    public void Remove(string name)
    {
        if (!nodes.Remove(name, out var node))
            return;
        node.Domain.CountOut(node.FreeCount);
        node.Domain.Nodes.Remove(node);
        node.Domain.ForgetLevels();
        Free -= node.FreeCount;
        CountMarginal(node, -MarginalOf(node));
        Gpus -= node.Spec.Gpus;
        if (node.Domain.Nodes.Count == 0)
            RemoveDomain(node.Domain);
        eligibilities.Clear();
        Layouts++;
        CheckTotals();
    }

    /// <summary>Marks slots as taken.</summary>
    /// <param name="slots">Slots that exist and are not taken in this role.</param>
    /// <param name="role">The role of the lease that takes them.</param>
    /// <exception cref="InvalidOperationException">A slot is taken already or does not exist: invariant 1 or 2 would
    /// break.</exception>
    public void Take(NodeSlots slots, LeaseRole role = LeaseRole.Active)
    {
        if (!nodes.TryGetValue(slots.Node, out var node) || (slots.Mask & ~node.All) != 0
            || (slots.Mask & (role == LeaseRole.Active ? node.Active : node.Spare)) != 0)
            throw new InvalidOperationException($"Slots {slots} are not there to take.");
        if (role == LeaseRole.Active)
        {
            Change(node, node.Active | slots.Mask, node.Spare);
            return;
        }
        Change(node, node.Active, node.Spare | slots.Mask);
        Openings++;
    }

    /// <summary>Marks slots as free of a lease.</summary>
    /// <param name="slots">Slots that are taken in this role.</param>
    /// <param name="role">The role of the lease that ends.</param>
    /// <exception cref="InvalidOperationException">A slot is not taken.</exception>
    public void Release(NodeSlots slots, LeaseRole role = LeaseRole.Active)
    {
        if (!nodes.TryGetValue(slots.Node, out var node)
            || (slots.Mask & ~(role == LeaseRole.Active ? node.Active : node.Spare)) != 0)
            throw new InvalidOperationException($"Slots {slots} are not taken.");
        if (role == LeaseRole.Active)
            Change(node, node.Active & ~slots.Mask, node.Spare);
        else
            Change(node, node.Active, node.Spare & ~slots.Mask);
        Openings++;
    }

    /// <summary>GPUs of the nodes that take new work and that selectors match.</summary>
    /// <param name="where">The nodes.</param>
    public int GpusIn(Eligibility where) => nodes.Values
        .Where(node => node.Spec.State == NodeState.Ready && where.Matches(node)).Sum(node => node.Spec.Gpus);

    /// <summary>GPUs of the domain with the most that take new work and match a selector; 0 if none do.</summary>
    /// <param name="selector">The selector. An absent one matches everything.</param>
    public int LargestDomain(IReadOnlyDictionary<string, string>? selector)
    {
        var where = Eligible(selector);
        return domains.Select(domain => domain.Nodes
            .Where(node => node.Spec.State == NodeState.Ready && where.Matches(node)).Sum(node => node.Spec.Gpus))
            .DefaultIfEmpty().Max();
    }

    /// <summary>GPUs that take new work and match a selector, by the units of a level that have any.</summary>
    /// <param name="level">The level.</param>
    /// <param name="selector">The selector. An absent one matches everything.</param>
    /// <param name="free">Whether only those count that are free.</param>
    public IReadOnlyList<int> GpusByUnit(
        LocalityLevel level, IReadOnlyDictionary<string, string>? selector, bool free)
    {
        var where = Eligible(selector);
        return [.. nodes.Values.Where(node => node.Spec.State == NodeState.Ready && where.Matches(node))
            .GroupBy(node => node.Spec.Unit(level))
            .Select(unit => unit.Sum(node => free ? node.FreeCount : node.Spec.Gpus))];
    }

    /// <summary>1 - (free GPUs of the domain with the most) / (all free GPUs); 0 if none (docs/metrics.md).</summary>
    public double Fragmentation() => Free == 0 ? 0 : 1 - (double)domains.Max(domain => domain.Free) / Free;

    /// <summary>
    /// Stranded GPUs by width of group: free, but scattered over nodes so that no group of that width that keeps to one
    /// node can use them. Nodes that are smaller than a group do not count for it.
    /// </summary>
    public IReadOnlyDictionary<int, int> Stranded() => StrandedWidths.ToDictionary(
        static group => group, group => domains.Sum(domain => domain.Stranded(group)));

    /// <summary>The widths for which stranded GPUs are told: those that fleets' groups usually have on a node.
    /// </summary>
    public static IReadOnlyList<int> StrandedWidths { get; } = [2, 4, 8];

    /// <summary>The nodes that selectors match. Cached until a node changes.</summary>
    /// <param name="selectors">Selectors that must all match. An absent one matches everything.</param>
    public Eligibility Eligible(params ReadOnlySpan<IReadOnlyDictionary<string, string>?> selectors)
    {
        var pairs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var contradicts = false;
        foreach (var selector in selectors)
        {
            foreach (var (label, value) in selector ?? Node.EmptyLabels)
                contradicts |= !pairs.TryAdd(label, value) && pairs[label] != value;
        }
        if (pairs.Count == 0)
            return Eligibility.Everywhere;
        var key = contradicts ? "" : string.Join('\n', pairs.Select(pair => $"{pair.Key}\t{pair.Value}"));
        if (!eligibilities.TryGetValue(key, out var eligibility))
        {
            eligibility = new Eligibility(nodes.Values, spec => !contradicts
                && pairs.All(pair => spec.Labels.GetValueOrDefault(pair.Key) == pair.Value));
            eligibilities.Add(key, eligibility);
        }
        return eligibility;
    }

    internal Dictionary<string, PlacedNode>.ValueCollection PlacedNodes => nodes.Values;

    internal PlacedNode? Placed(string name) => nodes.GetValueOrDefault(name);

    private void Change(PlacedNode node, ulong active, ulong spare)
    {
        var (before, marginal) = (node.FreeCount, MarginalOf(node));
        (node.Active, node.Spare) = (active, spare);
        var after = node.FreeCount;
        node.Domain.CountOut(before);
        node.Domain.CountIn(after);
        node.Domain.Topology?.Count(node, after - before);
        Free += after - before;
        if (MarginalOf(node) - marginal is not 0 and var change)
            CountMarginal(node, change);
        Invariant.Holds(Free >= 0 && Free <= Gpus, $"{Free} of {Gpus} GPUs count as free.");
        Invariant.Holds((node.Used & ~node.All) == 0, $"Node {node.Spec.Name} has slots in use that it does not have.");
    }

    private static int MarginalOf(PlacedNode node) => BitOperations.PopCount(node.Fillable | node.Draining);

    private void CountMarginal(PlacedNode node, int marginal)
    {
        Marginal += marginal;
        node.Domain.Marginal += marginal;
    }

    /// <summary>Checks the fleet's total of free GPUs against the domain summaries.</summary>
    private void CheckTotals()
    {
        if (!Invariant.IsChecked)
            return;
        Invariant.Holds(Gpus >= 0 && Free == domains.Sum(domain => domain.Free),
            $"{Free} GPUs count as free, and {domains.Sum(domain => domain.Free)} in the domains.");
        Invariant.Holds(domains.TrueForAll(domain => domain.Nodes.Count > 0), $"A domain without nodes is left.");
    }

    private FabricDomain AddDomain(DomainKey key)
    {
        var domain = new FabricDomain(key);
        domainsByKey.Add(key, domain);
        var at = domains.FindIndex(other => other.Key > key);
        domains.Insert(at < 0 ? domains.Count : at, domain);
        Renumber();
        return domain;
    }

    private void RemoveDomain(FabricDomain domain)
    {
        domainsByKey.Remove(domain.Key);
        domains.Remove(domain);
        Renumber();
    }

    private void Renumber()
    {
        for (var i = 0; i < domains.Count; i++)
            domains[i].Ordinal = i;
    }
}
