using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// One decision of a flavor, or one fact that it was told, with everything that follows from it for the flavor's state.
/// The entries of a flavor are its journal and its ledger in one: each names the hash of the one before it.
/// </summary>
public sealed record LedgerEntry
{
    /// <summary>Its number, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was decided; never before the entry that precedes it.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The SHA-256 of the entry before it, in base64; of the first one empty.</summary>
    public string Previous { get; init; } = "";

    /// <summary>Nodes as they are from now on.</summary>
    public IReadOnlyList<Node>? Nodes { get; init; }

    /// <summary>Names of nodes that are no more.</summary>
    public IReadOnlyList<string>? NodesRemoved { get; init; }

    /// <summary>Budgets as they are from now on.</summary>
    public IReadOnlyList<Budget>? Budgets { get; init; }

    /// <summary>Names of budgets that are no more.</summary>
    public IReadOnlyList<string>? BudgetsRemoved { get; init; }

    /// <summary>A demand that enters the queue, or one in it that was changed.</summary>
    public Demand? Queue { get; init; }

    /// <summary>A run that leaves the queue without having started.</summary>
    public Departure? Leave { get; init; }

    /// <summary>A reservation that was made or planned anew.</summary>
    public Reservation? Reserve { get; init; }

    /// <summary>A run whose reservation lapses while it goes on waiting.</summary>
    public RunKey? Lapse { get; init; }

    /// <summary>Runs all of whose leases end.</summary>
    public IReadOnlyList<Closing>? Close { get; init; }

    /// <summary>Single leases that end while their run goes on.</summary>
    public IReadOnlyList<LeaseEnd>? End { get; init; }

    /// <summary>A run that starts, or leases that a running one gains.</summary>
    public Opening? Open { get; init; }

    /// <summary>The evidence of a lottery.</summary>
    public Lottery? Lottery { get; init; }
}
