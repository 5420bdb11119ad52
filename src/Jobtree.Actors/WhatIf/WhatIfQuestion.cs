using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.WhatIf;

/// <summary>Changes to try on a copy of the fleet, and how far to look ahead. All changes are made at one instant, in
/// the order of the members here.</summary>
public sealed record WhatIfQuestion
{
    /// <summary>The most documents, and the most of each other kind of change.</summary>
    public const int ChangesMax = 1_000;

    /// <summary>How far ahead a question looks that does not say so.</summary>
    public static TimeSpan HorizonDefault { get; } = TimeSpan.FromHours(24);

    /// <summary>The farthest that a question may look ahead.</summary>
    public static TimeSpan HorizonMax { get; } = TimeSpan.FromDays(90);

    /// <summary>A dry run of an apply: only its immediate effect, for a caller who may apply the documents.</summary>
    /// <param name="manifests">The documents.</param>
    /// <param name="again">Whether runs among them that have ended run again.</param>
    public static WhatIfQuestion DryRun(IReadOnlyList<Manifest> manifests, bool again) =>
        new() { Manifests = manifests, Again = again, Horizon = TimeSpan.Zero, IsDryRun = true };

    /// <summary>Whether the question stands for an apply, and so needs the permissions of one.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Documents to apply.</summary>
    public IReadOnlyList<Manifest> Manifests { get; init; } = [];

    /// <summary>Whether runs among the documents that have ended run again.</summary>
    public bool Again { get; init; }

    /// <summary>Nodes to cordon, drain or fence.</summary>
    public IReadOnlyList<NodeChange> Nodes { get; init; } = [];

    /// <summary>Keys of budgets to delete.</summary>
    public IReadOnlyList<string> WithoutBudgets { get; init; } = [];

    /// <summary>Runs to cancel.</summary>
    public IReadOnlyList<RunKey> WithoutRuns { get; init; } = [];

    /// <summary>How far to look ahead, 0 to <see cref="HorizonMax"/>; 0: only the immediate effect.</summary>
    public TimeSpan Horizon { get; init; } = HorizonDefault;

    /// <summary>Show only runs of these owners and their descendants; absent: all.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>What is wrong with the question itself; empty if nothing is.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        if (Horizon < TimeSpan.Zero || Horizon > HorizonMax)
            errors.Add($"The horizon must be 0 to {HorizonMax.TotalDays:0} days.");
        if (Manifests.Count + Nodes.Count + WithoutBudgets.Count + WithoutRuns.Count == 0)
            errors.Add("There is nothing to change: give documents, nodes, budgets or runs.");
        foreach (var (count, what) in new[] { (Manifests.Count, "documents"), (Nodes.Count, "nodes"),
            (WithoutBudgets.Count, "budgets"), (WithoutRuns.Count, "runs") })
        {
            if (count > ChangesMax)
                errors.Add($"At most {ChangesMax} {what} can be asked about at once; there are {count}.");
        }
        foreach (var node in Nodes.Where(node => !Enum.IsDefined(node.State)))
            errors.Add($"Node {node.Node}: the state must be one of {string.Join(", ", Enum.GetNames<NodeState>())}.");
        foreach (var node in Nodes.Where(node => node.EmptyBy is not null != (node.State == NodeState.Draining)))
            errors.Add($"Node {node.Node}: 'emptyBy' belongs to the state Draining, and that state needs it.");
        return errors;
    }
}

/// <summary>A node that changes its state.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="State">Its new state; Fenced means that the node is gone.</param>
/// <param name="EmptyBy">For Draining: when it must be empty.</param>
public sealed record NodeChange(string Node, NodeState State, DateTimeOffset? EmptyBy = null);
