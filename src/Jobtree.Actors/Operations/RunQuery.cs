using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Which runs to list. Absent filters match everything.</summary>
public sealed record RunQuery
{
    /// <summary>Only this namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only this run name.</summary>
    public string? Name { get; init; }

    /// <summary>Only runs of this owner and those below it.</summary>
    public string? Owner { get; init; }

    /// <summary>Only runs of one of these owners and those below them: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>Only this flavor.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only this phase.</summary>
    public RunPhase? Phase { get; init; }

    /// <summary>The most items, 1 to <see cref="LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page begins: <see cref="Page{T}.Continue"/> of the one before.</summary>
    public string? Continue { get; init; }

    /// <summary>The largest page.</summary>
    public const int LimitMax = 1000;
}
