using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// One decision of a flavor, or one fact that it was given, with all that follows from it for the flavor's state. The
/// entries of a flavor are its journal and its ledger in one, and each carries the hash of the one before it.
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

/// <summary>Leases that begin for one run.</summary>
public sealed record Opening
{
    /// <summary>The demand, when it was not in the queue before.</summary>
    public Demand? Demand { get; init; }

    /// <summary>The run, when it was in the queue or runs already.</summary>
    public RunKey? Run { get; init; }

    /// <summary>Why the leases begin.</summary>
    public LeaseStartReason Reason { get; init; }

    /// <summary>The number of the first lease; the others follow.</summary>
    public required long FirstLease { get; init; }

    /// <summary>The leases.</summary>
    public required IReadOnlyList<OpeningLease> Leases { get; init; }

    /// <summary>The run that starts or grows.</summary>
    public RunKey Starts() => Demand?.Run ?? Run!.Value;
}

/// <summary>One lease of an opening; its number, run, start and reason are the opening's.</summary>
public sealed record OpeningLease
{
    /// <summary>The placement group, from 0.</summary>
    public int Group { get; init; }

    /// <summary>The chunk of the run's width, from 0.</summary>
    public int Chunk { get; init; }

    /// <summary>What the slots are for.</summary>
    public LeaseRole Role { get; init; }

    /// <summary>The envelope that the claim is on.</summary>
    public EnvelopeKey? Payer { get; init; }

    /// <summary>The slots in node order.</summary>
    public required IReadOnlyList<NodeSlots> Slots { get; init; }
}

/// <summary>All leases of a run end.</summary>
/// <param name="Run">The run.</param>
/// <param name="Reason">Why.</param>
/// <param name="Requeue">Whether the run goes back to its place in the queue.</param>
/// <param name="Seed">The seed of the lottery that drew it, in hexadecimal.</param>
public sealed record Closing(RunKey Run, LeaseEndReason Reason, bool Requeue = false, string? Seed = null);

/// <summary>A run that leaves the queue without having started.</summary>
/// <param name="Run">The run.</param>
/// <param name="Reason">Cancelled or failed.</param>
public sealed record Departure(RunKey Run, LeaseEndReason Reason);

/// <summary>
/// What was drawn from what, so that anyone holding the ledger can draw again. The candidates are in key order; the
/// draws are the order in which the seed shuffles them; the cuts are those of the draws that were needed.
/// </summary>
/// <param name="For">The run that asked.</param>
/// <param name="Seed">The seed in hexadecimal: a hash over the run, the instant and the ledger's head before this
/// entry.</param>
/// <param name="Candidates">The conflict set.</param>
/// <param name="Draws">The candidates drawn until the demand fitted, in order.</param>
public sealed record Lottery(RunKey For, string Seed, IReadOnlyList<RunKey> Candidates, IReadOnlyList<RunKey> Draws);
