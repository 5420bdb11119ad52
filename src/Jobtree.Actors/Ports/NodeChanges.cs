using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>What came of adding or changing nodes.</summary>
/// <param name="Changed">Names of those that were new or changed.</param>
/// <param name="KeepingState">Those that keep another state than was stated, as they are.</param>
public sealed record NodeChanges(IReadOnlyList<string> Changed, IReadOnlyList<Node> KeepingState);
