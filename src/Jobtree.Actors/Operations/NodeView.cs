using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A node and its use.</summary>
/// <param name="Node">The node.</param>
/// <param name="Used">GPUs under an open lease.</param>
/// <param name="Free">GPUs available to new work.</param>
public sealed record NodeView(Node Node, int Used, int Free)
{
    /// <summary>
    /// When a node that takes no new work is expected to be empty: the last expected end of the work on it. Absent for
    /// other nodes, and once it is empty.
    /// </summary>
    public DateTimeOffset? EmptyExpected { get; init; }

    /// <summary>
    /// True while a draining node still has work after the instant by which it was to be empty; absent otherwise.
    /// </summary>
    public bool? IsOverdue { get; init; }
}

/// <summary>Which nodes to list. Absent filters match everything.</summary>
public sealed record NodeQuery
{
    /// <summary>Only this node.</summary>
    public string? Name { get; init; }

    /// <summary>Only this flavor.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only this state.</summary>
    public NodeState? State { get; init; }

    /// <summary>Only this fabric domain.</summary>
    public string? Domain { get; init; }

    /// <summary>The maximum number of items, 1 to <see cref="RunQuery.LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page starts.</summary>
    public string? Continue { get; init; }
}
