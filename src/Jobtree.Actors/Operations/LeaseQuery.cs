using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Which leases to list. Absent filters match everything.</summary>
public sealed record LeaseQuery
{
    /// <summary>Only leases of this run.</summary>
    public RunKey? Run { get; init; }

    /// <summary>Only leases of these owners and their descendants: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>Only leases of this flavor.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only leases on this node.</summary>
    public string? Node { get; init; }

    /// <summary>Only leases of this class, as derived now.</summary>
    public FundingClass? Class { get; init; }

    /// <summary>
    /// The leases that were open at this past instant, with the classes that they had then, read from the ledger;
    /// absent: those that are open now.
    /// </summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Whether to include the ended leases that are retained.</summary>
    public bool IncludeEnded { get; init; }

    /// <summary>The maximum number of items, 1 to <see cref="RunQuery.LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page starts.</summary>
    public string? Continue { get; init; }
}
