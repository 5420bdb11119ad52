namespace Jobtree.Manifests.Tree;

/// <summary>What a value of a manifest is, in YAML and JSON alike.</summary>
internal enum ValueKind
{
    Null,
    Flag,
    Number,
    Text,
    List,
    Object,
}
