using Jobtree.Core.Model;

namespace Jobtree.Manifests;

/// <summary>A document of kind Node.</summary>
/// <param name="Node">The node.</param>
public sealed record NodeManifest(Node Node) : Manifest;
