namespace Jobtree.Core.Model;

/// <summary>The name, namespace and labels of a manifest.</summary>
public sealed record Metadata
{
    /// <summary>The name; for runs unique in the namespace, for nodes and budgets in the fleet.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; runs without one are in <see cref="RunKey.DefaultNamespace"/>.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Free labels. On a node they are what selectors match and what places it (see <see cref="NodeLabels"/>).
    /// </summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
