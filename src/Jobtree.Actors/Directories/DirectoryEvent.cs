using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>A record of the directory's journal.</summary>
public sealed record DirectoryEvent
{
    /// <summary>Budgets as they are from now on.</summary>
    public IReadOnlyList<Budget>? Budgets { get; init; }

    /// <summary>Names of budgets that are no more.</summary>
    public IReadOnlyList<string>? BudgetsRemoved { get; init; }

    /// <summary>Nodes that are known from now on.</summary>
    public IReadOnlyList<NodeEntry>? Nodes { get; init; }

    /// <summary>Names of nodes that are no more.</summary>
    public IReadOnlyList<string>? NodesRemoved { get; init; }
}
