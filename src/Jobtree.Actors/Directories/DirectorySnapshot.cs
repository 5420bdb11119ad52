using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>The directory's state.</summary>
/// <param name="Sequence">The number of the last journal record.</param>
/// <param name="Budgets">The budgets in name order.</param>
/// <param name="Nodes">The nodes in name order.</param>
/// <param name="Flavors">The flavors in order.</param>
public sealed record DirectorySnapshot(
    long Sequence, IReadOnlyList<Budget> Budgets, IReadOnlyList<NodeEntry> Nodes, IReadOnlyList<string> Flavors);
