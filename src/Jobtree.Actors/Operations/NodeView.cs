using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A node and what is on it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Used">GPUs under an open lease.</param>
/// <param name="Free">GPUs that new work could take.</param>
public sealed record NodeView(Node Node, int Used, int Free);
