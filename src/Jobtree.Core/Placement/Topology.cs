using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// The nodes, racks and blocks of a fabric domain, and the free GPUs of each. Units are numbered: all nodes, in the
/// order of block, rack and name, then all racks, then all blocks, then the domain. So the units within a wider one are
/// a range of numbers.
/// </summary>
internal sealed class Topology
{
    private readonly PlacedNode[] nodes;
    private readonly int[] free;
    private readonly int[] parents;
    private readonly int[] starts = new int[(int)LocalityLevel.Domain + 2];
    private readonly Range[] children;

    /// <summary>Numbers the units of a domain.</summary>
    /// <param name="nodes">Its nodes, in name order.</param>
    public Topology(IReadOnlyList<PlacedNode> nodes)
    {
        this.nodes = [.. nodes.OrderBy(static node => node.Spec.Unit(LocalityLevel.Block), InOrder)
            .ThenBy(static node => node.Spec.Unit(LocalityLevel.Rack), InOrder)];
        var (wider, within) = (new List<int>(), new List<Range>());
        var keys = this.nodes.Select(static node => (node.Spec, First: 0)).ToList();
        for (var level = LocalityLevel.Node; level < LocalityLevel.Domain; level++)
        {
            var start = starts[(int)level];
            starts[(int)level + 1] = start + keys.Count;
            var units = new List<(Node Spec, int First)>();
            for (var i = 0; i < keys.Count; i++)
            {
                if (units.Count == 0 || keys[i].Spec.Unit(level + 1) != units[^1].Spec.Unit(level + 1))
                    units.Add((keys[i].Spec, start + i));
                wider.Add(start + keys.Count + units.Count - 1);
            }
            for (var i = 0; i < units.Count; i++)
                within.Add(units[i].First..(i + 1 < units.Count ? units[i + 1].First : start + keys.Count));
            keys = units;
        }
        starts[^1] = starts[^2] + 1;
        (parents, children) = ([.. wider], [.. within]);
        free = new int[starts[^1]];
        for (var i = 0; i < this.nodes.Length; i++)
        {
            this.nodes[i].Index = i;
            Change(free, i, this.nodes[i].FreeCount);
        }
    }

    /// <summary>The nodes, by number.</summary>
    public ReadOnlySpan<PlacedNode> Nodes => nodes;

    /// <summary>The free GPUs, by unit.</summary>
    public ReadOnlySpan<int> Free => free;

    /// <summary>The number of the domain.</summary>
    public int Whole => starts[(int)LocalityLevel.Domain];

    /// <summary>The level of a unit.</summary>
    public LocalityLevel LevelOf(int unit)
    {
        var level = LocalityLevel.Node;
        while (unit >= starts[(int)level + 1])
            level++;
        return level;
    }

    /// <summary>The next wider unit around one that is not the domain.</summary>
    public int Parent(int unit) => parents[unit];

    /// <summary>The units of a level within a unit that is not narrower.</summary>
    public (int First, int End) Within(int unit, LocalityLevel level)
    {
        var (first, end) = (unit, unit + 1);
        for (var at = LevelOf(unit); at > level; at--)
            (first, end) = (Children(first).Start.Value, Children(end - 1).End.Value);
        return (first, end);
    }

    /// <summary>Counts GPUs of a node that became free, or, if negative, were taken.</summary>
    public void Count(PlacedNode node, int gpus) => Change(free, node.Index, gpus);

    /// <summary>Changes the sums of a node and of all units around it.</summary>
    public void Change(int[] sums, int node, int gpus)
    {
        for (var unit = node; ; unit = parents[unit])
        {
            sums[unit] += gpus;
            if (unit == Whole)
                return;
        }
    }

    private Range Children(int unit) => children[unit - nodes.Length];

    private static readonly Comparer<TopologyKey> InOrder = Comparer<TopologyKey>.Create(static (left, right) =>
        string.CompareOrdinal(left.Block, right.Block) is not 0 and var block ? block
        : string.CompareOrdinal(left.Rack, right.Rack) is not 0 and var rack ? rack
        : string.CompareOrdinal(left.Node, right.Node));
}
