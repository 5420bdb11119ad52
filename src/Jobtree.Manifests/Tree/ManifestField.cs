namespace Jobtree.Manifests.Tree;

/// <summary>One named value of an object, with the place of its name.</summary>
internal readonly record struct ManifestField(string Name, Mark Mark, ManifestValue Value);
