using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// One decision of a flavor, or one fact reported to it, with all its effects on the flavor's state. The entries of a
/// flavor are both its journal and its ledger. Each carries the hash of the one before it.
/// </summary>
public sealed record LedgerEntry
{
    /// <summary>The entry's number, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was decided; never earlier than the previous entry.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The SHA-256 of the previous entry, in base64; empty for the first one.</summary>
    public string Previous { get; init; } = "";

    /// <summary>Nodes added or changed, in their new form.</summary>
    public IReadOnlyList<Node>? Nodes { get; init; }

    /// <summary>Names of removed nodes.</summary>
    public IReadOnlyList<string>? NodesRemoved { get; init; }

    /// <summary>Budgets added or changed, in their new form.</summary>
    public IReadOnlyList<Budget>? Budgets { get; init; }

    /// <summary>Names of removed budgets.</summary>
    public IReadOnlyList<string>? BudgetsRemoved { get; init; }

    /// <summary>A demand that enters the queue, or a queued demand that changed.</summary>
    public Demand? Queue { get; init; }

    /// <summary>A run that leaves the queue without starting.</summary>
    public Departure? Leave { get; init; }

    /// <summary>A reservation that was made or replanned.</summary>
    public Reservation? Reserve { get; init; }

    /// <summary>A run whose reservation lapses while the run keeps waiting.</summary>
    public RunKey? Lapse { get; init; }

    /// <summary>Runs whose leases all end.</summary>
    public IReadOnlyList<Closing>? Close { get; init; }

    /// <summary>Single leases that end while their run continues.</summary>
    public IReadOnlyList<LeaseEnd>? End { get; init; }

    /// <summary>A run that starts, or leases that a running run gains.</summary>
    public Opening? Open { get; init; }

    /// <summary>The evidence of a lottery, in ledgers from before <see cref="Resolution"/>.</summary>
    public Lottery? Lottery { get; init; }

    /// <summary>Why work was cut, and how it was chosen.</summary>
    public Resolution? Resolution { get; init; }

    /// <summary>
    /// Leases of further runs that begin in the same decision, each with reason <see cref="LeaseStartReason.Swap"/>:
    /// what replaces the GPUs of a failed node. Their numbers follow those of <see cref="Open"/>.
    /// </summary>
    public IReadOnlyList<Opening>? Swap { get; init; }

    /// <summary>Open leases without a payer that get one.</summary>
    public IReadOnlyList<PayerAssignment>? Assign { get; init; }

    /// <summary>Running runs whose desired width changes.</summary>
    public IReadOnlyList<WidthChange>? Resize { get; init; }

    /// <summary>What the store lost of this ledger, or that nothing runs any more that was lost.</summary>
    public LedgerLoss? Loss { get; init; }

    /// <summary>Who asked for the change; absent if the flavor decided it by itself.</summary>
    public string? By { get; init; }
}

/// <summary>A lease without a payer gets one; each lease at most once.</summary>
/// <param name="Lease">The lease's number.</param>
/// <param name="Run">The run that holds it.</param>
/// <param name="Payer">The envelope that the claim is on from now on.</param>
public sealed record PayerAssignment(long Lease, RunKey Run, EnvelopeKey Payer);

/// <summary>A running run is to grow or shrink towards another width.</summary>
/// <param name="Run">The run.</param>
/// <param name="Desired">The new desired width in GPUs.</param>
public sealed record WidthChange(RunKey Run, int Desired);

/// <summary>Leases that begin for one run.</summary>
public sealed record Opening
{
    /// <summary>The demand, if it was not in the queue before.</summary>
    public Demand? Demand { get; init; }

    /// <summary>The run, if it was in the queue or is already running.</summary>
    public RunKey? Run { get; init; }

    /// <summary>Why the leases begin.</summary>
    public LeaseStartReason Reason { get; init; }

    /// <summary>The number of the first lease; the others are numbered consecutively.</summary>
    public required long FirstLease { get; init; }

    /// <summary>The leases.</summary>
    public required IReadOnlyList<OpeningLease> Leases { get; init; }

    /// <summary>The run that starts or grows.</summary>
    public RunKey Starts() => Demand?.Run ?? Run!.Value;
}

/// <summary>One lease of an opening. The opening gives its number, run, start and reason.</summary>
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

/// <summary>The end of all leases of a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Reason">Why the leases end.</param>
/// <param name="Requeue">Whether the run returns to its place in the queue.</param>
/// <param name="Seed">The seed of the lottery that drew the run, in hexadecimal.</param>
public sealed record Closing(RunKey Run, LeaseEndReason Reason, bool Requeue = false, string? Seed = null);

/// <summary>A run that leaves the queue without starting.</summary>
/// <param name="Run">The run.</param>
/// <param name="Reason">Cancelled or failed.</param>
/// <param name="Held">Whether it is only held back, and may ask again.</param>
public sealed record Departure(RunKey Run, LeaseEndReason Reason, bool Held = false);

/// <summary>
/// The evidence of a lottery, so that anyone with the ledger can repeat the draw. The candidates are in key order. The
/// draws are in the order in which the seed shuffles them. The entry closes only the drawn runs that were needed.
/// </summary>
/// <param name="For">The run that demanded the GPUs.</param>
/// <param name="Seed">The seed in hexadecimal: a hash of the run, the instant and the ledger's head before this
/// entry.</param>
/// <param name="Candidates">The conflict set.</param>
/// <param name="Draws">The candidates drawn until the demand fitted, in order.</param>
public sealed record Lottery(RunKey For, string Seed, IReadOnlyList<RunKey> Candidates, IReadOnlyList<RunKey> Draws);
