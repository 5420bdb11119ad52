using System.Text.Json;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Model;

namespace Jobtree.Api.Contract;

/// <summary>Changes to try on a copy of the fleet. All are optional; at least one must be given.</summary>
public sealed record WhatIfRequest
{
    /// <summary>A manifest or a list of them, of the kinds Node, Budget and Run, as for applying them.</summary>
    public JsonElement? Manifests { get; init; }

    /// <summary>Whether runs among the manifests that have ended run again.</summary>
    public bool? Again { get; init; }

    /// <summary>Nodes that change their state; Fenced means that the node is gone.</summary>
    public IReadOnlyList<NodeChange>? Nodes { get; init; }

    /// <summary>Keys of budgets that are deleted.</summary>
    public IReadOnlyList<string>? WithoutBudgets { get; init; }

    /// <summary>Runs that are cancelled.</summary>
    public IReadOnlyList<RunKey>? WithoutRuns { get; init; }

    /// <summary>How far to look ahead, such as 24h, the default; 0s: only the immediate effect.</summary>
    public TimeSpan? Horizon { get; init; }
}
