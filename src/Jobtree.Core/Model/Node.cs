namespace Jobtree.Core.Model;

/// <summary>A machine with GPUs of one flavor. A slot of it is written <c>node#ordinal</c>.</summary>
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

    /// <summary>What somebody has done to it. Applying a manifest never changes it.</summary>
    public NodeState State { get; init; }

    /// <summary>Who gave it that state; null: nobody has changed it since the node was registered.</summary>
    public NodeStateChange? StateSet { get; init; }

    /// <summary>Its labels; see <see cref="NodeLabels"/>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = EmptyLabels;

    /// <summary>No labels.</summary>
    public static IReadOnlyDictionary<string, string> EmptyLabels { get; } = new Dictionary<string, string>();

    /// <summary>The fabric domain it is in; its own name where the label is absent.</summary>
    public string DomainOrName() => Labels.GetValueOrDefault(NodeLabels.FabricDomain, Name);
}

/// <summary>What somebody has done to a node, and so what it may be used for.</summary>
public enum NodeState
{
    /// <summary>Takes new work.</summary>
    Ready,

    /// <summary>Takes nothing new; work there goes on.</summary>
    Cordoned,

    /// <summary>Known dead: its leases must end.</summary>
    Fenced,
}

/// <summary>Who gave a node its state, why and when.</summary>
/// <param name="By">The person or program, such as the name of a token.</param>
/// <param name="Since">Since when it has the state.</param>
/// <param name="Reason">Why, in a sentence; null: that was not said.</param>
public sealed record NodeStateChange(string By, DateTimeOffset Since, string? Reason = null);

/// <summary>The node labels that Jobtree itself reads.</summary>
public static class NodeLabels
{
    /// <summary>The region.</summary>
    public const string Region = "region";

    /// <summary>The cluster in the region.</summary>
    public const string Cluster = "cluster";

    /// <summary>
    /// The fabric domain: the nodes that a placement group may span. A node without it is a domain of its own.
    /// </summary>
    public const string FabricDomain = "fabric.domain";

    /// <summary>The rack, optional.</summary>
    public const string Rack = "rack";
}
