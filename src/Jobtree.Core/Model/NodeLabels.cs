namespace Jobtree.Core.Model;

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
