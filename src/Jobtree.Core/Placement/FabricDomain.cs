using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>The nodes that a placement group may span, and a summary of their free GPUs.</summary>
internal sealed class FabricDomain(DomainKey key)
{
    private readonly int[] nodesByFree = new int[Node.GpusMax + 1];

    public DomainKey Key { get; } = key;

    /// <summary>The nodes, in name order.</summary>
    public List<PlacedNode> Nodes { get; } = [];

    /// <summary>The domain's index in the fleet, in the order of keys.</summary>
    public int Ordinal { get; set; }

    /// <summary>Free GPUs of all nodes.</summary>
    public int Free { get; private set; }

    /// <summary>GPUs that only some work may take: spare slots without a filler, and idle slots of draining nodes.
    /// </summary>
    public int Marginal { get; set; }

    /// <summary>Its racks and blocks. Null until a demand asks for a level, and after a node changed.</summary>
    public Topology? Topology { get; private set; }

    /// <summary>Its racks and blocks, made if they are not known.</summary>
    public Topology Levels() => Topology ??= new Topology(Nodes);

    /// <summary>Forgets its racks and blocks: a node was added or removed.</summary>
    public void ForgetLevels() => Topology = null;

    /// <summary>Bit <c>c - 1</c> is set when some node has exactly <c>c</c> GPUs free.</summary>
    public ulong FreeCounts { get; private set; }

    /// <summary>
    /// Free GPUs that would be left if groups of a width, each on one node, took what they can. Nodes that are smaller
    /// than that never could serve one, and do not count.
    /// </summary>
    public int Stranded(int group)
    {
        var stranded = 0;
        foreach (var node in Nodes)
            stranded += node.Spec.Gpus >= group ? node.FreeCount % group : 0;
        return stranded;
    }

    /// <summary>To save memory, shares the flavor and labels of the domain's first node if they are equal.</summary>
    public Node Share(Node node)
    {
        if (Nodes is not [{ Spec: var first }, ..] || node.Flavor != first.Flavor
            || !AreSame(node.Labels, first.Labels))
            return node;
        return node with { Flavor = first.Flavor, Labels = first.Labels };
    }

    /// <summary>Adds a node with the given number of free GPUs to the summary.</summary>
    public void CountIn(int free)
    {
        Free += free;
        if (free > 0 && nodesByFree[free]++ == 0)
            FreeCounts |= 1UL << (free - 1);
    }

    /// <summary>Removes a node with the given number of free GPUs from the summary.</summary>
    public void CountOut(int free)
    {
        Free -= free;
        if (free > 0 && --nodesByFree[free] == 0)
            FreeCounts &= ~(1UL << (free - 1));
        Invariant.Holds(Free >= 0 && nodesByFree[free] >= 0,
            $"Domain {Key} counted a node out with {free} free GPUs that was not counted in.");
    }

    private static bool AreSame(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right)
    {
        if (ReferenceEquals(left, right) || left.Count != right.Count)
            return ReferenceEquals(left, right);
        foreach (var (label, value) in left)
        {
            if (!right.TryGetValue(label, out var other) || other != value)
                return false;
        }
        return true;
    }
}

/// <summary>A node in the fleet, with its used slots.</summary>
internal sealed class PlacedNode(Node spec, FabricDomain domain)
{
    public Node Spec { get; set; } = spec;

    public FabricDomain Domain { get; } = domain;

    /// <summary>Its number in the topology of the domain, while that is known.</summary>
    public int Index { get; set; }

    /// <summary>Slots under an open active lease.</summary>
    public ulong Active { get; set; }

    /// <summary>Slots under an open spare lease. One may also be under an active lease: that of a filler.</summary>
    public ulong Spare { get; set; }

    /// <summary>Slots under any open lease.</summary>
    public ulong Used => Active | Spare;

    /// <summary>All slots of the node.</summary>
    public ulong All => Spec.Gpus == Node.GpusMax ? ulong.MaxValue : (1UL << Spec.Gpus) - 1;

    /// <summary>Slots that new work may take.</summary>
    public ulong Free => Spec.State == NodeState.Ready ? All & ~Used : 0;

    public int FreeCount => BitOperations.PopCount(Free);

    /// <summary>Slots under a spare lease only, which unfunded work may take as a filler.</summary>
    public ulong Fillable => Spec.State == NodeState.Ready ? Spare & ~Active : 0;

    /// <summary>Idle slots of a draining node, which work may take that ends in time.</summary>
    public ulong Draining => Spec.State == NodeState.Draining ? All & ~Used : 0;
}
