namespace Jobtree.Core.Model;

/// <summary>The name, namespace and labels of a manifest.</summary>
public sealed record Metadata
{
    /// <summary>The name. Run names are unique in their namespace, node and budget names in the fleet.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; runs without one are in <see cref="RunKey.DefaultNamespace"/>.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Free-form labels. On a node, selectors match them and they give its location (see <see cref="NodeLabels"/>).
    /// </summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
