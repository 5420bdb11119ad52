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
