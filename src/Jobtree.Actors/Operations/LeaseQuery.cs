using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Which leases to list. Absent filters match everything.</summary>
public sealed record LeaseQuery
{
    /// <summary>Only this run's.</summary>
    public RunKey? Run { get; init; }

    /// <summary>Only runs of these owners and those below them: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>Only this flavor's.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only this node's.</summary>
    public string? Node { get; init; }

    /// <summary>Only this class, as derived now.</summary>
    public FundingClass? Class { get; init; }

    /// <summary>Ended leases as well, as far as they are kept.</summary>
    public bool IncludeEnded { get; init; }

    /// <summary>The most items, 1 to <see cref="RunQuery.LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page begins.</summary>
    public string? Continue { get; init; }
}
