namespace Jobtree.Core.Model;

/// <summary>A machine with GPUs of one flavor. One of its slots is written <c>node#ordinal</c>.</summary>
public sealed record Node
{
    /// <summary>The most GPUs that one node can have: a slot mask is 64 bits wide.</summary>
    public const int GpusMax = 64;

    /// <summary>The node's name, unique in the fleet.</summary>
    public required string Name { get; init; }

    /// <summary>The flavor of all its GPUs, such as <c>H100-80GB</c>.</summary>
    public required string Flavor { get; init; }

    /// <summary>How many GPUs it has, 1 to <see cref="GpusMax"/>.</summary>
    public required int Gpus { get; init; }

    /// <summary>The state that an operator or a program gave the node. Applying a manifest never changes it.</summary>
    public NodeState State { get; init; }

    /// <summary>
    /// When a draining node must be empty: until then it takes only work that is expected to end before. Null in any
    /// other state.
    /// </summary>
    public DateTimeOffset? EmptyBy { get; init; }

    /// <summary>Who set that state; null if nobody has changed it since the node was registered.</summary>
    public NodeStateChange? StateSet { get; init; }

    /// <summary>The node's labels; see <see cref="NodeLabels"/>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = EmptyLabels;

    /// <summary>No labels.</summary>
    public static IReadOnlyDictionary<string, string> EmptyLabels { get; } = new Dictionary<string, string>();

    /// <summary>The node's fabric domain; one of its own if the label is absent.</summary>
    public DomainKey Domain() => new(
        Labels.GetValueOrDefault(NodeLabels.Region, ""), Labels.GetValueOrDefault(NodeLabels.Cluster, ""),
        Labels.GetValueOrDefault(NodeLabels.FabricDomain, Name));

    /// <summary>The unit of a level that the node is in. A node that names no rack is a rack of its own, and a rack
    /// that names no block is a block of its own, so units nest.</summary>
    /// <param name="level">The level.</param>
    public TopologyKey Unit(LocalityLevel level) => (level, Labels.GetValueOrDefault(NodeLabels.Block),
        Labels.GetValueOrDefault(NodeLabels.Rack)) switch
    {
        (LocalityLevel.Domain, _, _) => new(Domain()),
        (LocalityLevel.Block, { } block, _) => new(Domain(), block),
        (not LocalityLevel.Node, var block, { } rack) => new(Domain(), block, rack),
        _ => new(Domain(), Node: Name),
    };
}

/// <summary>The state of a node, which decides what it may be used for.</summary>
public enum NodeState
{
    /// <summary>Takes new work.</summary>
    Ready,

    /// <summary>Takes no new work; existing work continues.</summary>
    Cordoned,

    /// <summary>Cordoned, and to be empty by an instant (<see cref="Node.EmptyBy"/>).</summary>
    Draining,

    /// <summary>Known to be dead: its leases must end.</summary>
    Fenced,
}

/// <summary>Who gave a node its state, why and when.</summary>
/// <param name="By">The person or program, such as the name of a token.</param>
/// <param name="Since">When the node entered the state.</param>
/// <param name="Reason">Why, in a sentence; null if no reason was given.</param>
public sealed record NodeStateChange(string By, DateTimeOffset Since, string? Reason = null);

/// <summary>The node labels that Jobtree itself reads.</summary>
public static class NodeLabels
{
    /// <summary>The region.</summary>
    public const string Region = "region";

    /// <summary>The cluster in the region.</summary>
    public const string Cluster = "cluster";

    /// <summary>
    /// The name of the fabric domain in its region and cluster: the nodes that a placement group may span. A node
    /// without the label is its own domain.
    /// </summary>
    public const string FabricDomain = "fabric.domain";

    /// <summary>The name of the block in its fabric domain: racks that are close together; optional.</summary>
    public const string Block = "block";

    /// <summary>The name of the rack in its block; optional.</summary>
    public const string Rack = "rack";
}
