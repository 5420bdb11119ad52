namespace Jobtree.Core.Model;

/// <summary>An immutable fact: a run holds slots from an instant on, paid by one envelope or by none.</summary>
/// <remarks>
/// There may be one lease per GPU in use. To save memory, the start is stored in ticks and an empty key stands for a
/// missing payer.
/// </remarks>
public sealed record Lease
{
    private readonly EnvelopeKey payer;
    private readonly long start;

    /// <summary>The lease's number in its flavor's ledger, from 1.</summary>
    public required long Id { get; init; }

    /// <summary>The run that holds the slots.</summary>
    public required RunKey Run { get; init; }

    /// <summary>The placement group, from 0.</summary>
    public int Group { get; init; }

    /// <summary>
    /// The chunk of the run's width that the lease covers, from 0. It is the last key of the funding order.
    /// </summary>
    public int Chunk { get; init; }

    /// <summary>The slots, one item per node, in node order.</summary>
    public required IReadOnlyList<NodeSlots> Slots { get; init; }

    /// <summary>What the slots are for.</summary>
    public LeaseRole Role { get; init; }

    /// <summary>The envelope that the claim is on; null if none pays.</summary>
    public EnvelopeKey? Payer
    {
        get => payer == default ? null : payer;
        init => payer = value ?? default;
    }

    /// <summary>When the lease began.</summary>
    public required DateTimeOffset Start
    {
        get => new(start, TimeSpan.Zero);
        init => start = value.UtcTicks;
    }

    /// <summary>Why the lease began.</summary>
    public LeaseStartReason Reason { get; init; }

    /// <summary>How many GPUs the lease holds.</summary>
    public int Gpus()
    {
        var gpus = 0;
        for (var i = 0; i < Slots.Count; i++)
            gpus += Slots[i].Count;
        return gpus;
    }
}

/// <summary>What a lease's slots are for.</summary>
public enum LeaseRole
{
    /// <summary>Computing.</summary>
    Active,

    /// <summary>Held in reserve for a failure in the same group.</summary>
    Spare,
}

/// <summary>Why a lease began.</summary>
public enum LeaseStartReason
{
    /// <summary>The run was admitted.</summary>
    Start,

    /// <summary>An elastic run grew.</summary>
    Grow,

    /// <summary>The lease replaces a failed one.</summary>
    Swap,

    /// <summary>A reservation was activated.</summary>
    Promise,
}

/// <summary>The end of a lease; each lease ends once.</summary>
/// <param name="Lease">The lease's number.</param>
/// <param name="Run">The run that held it.</param>
/// <param name="At">When the lease ended; not before its start.</param>
/// <param name="Reason">Why the lease ended.</param>
/// <param name="Seed">The lottery's seed in hexadecimal, for the two reasons that carry one.</param>
public sealed record LeaseEnd(long Lease, RunKey Run, DateTimeOffset At, LeaseEndReason Reason, string? Seed = null);

/// <summary>Why a lease ended.</summary>
public enum LeaseEndReason
{
    /// <summary>The run completed.</summary>
    Completed,

    /// <summary>The run was cancelled.</summary>
    Cancelled,

    /// <summary>A node under it was fenced.</summary>
    NodeFailure,

    /// <summary>A swap used up the spare.</summary>
    Swap,

    /// <summary>A swap would have evicted funded work.</summary>
    SwapDeclined,

    /// <summary>A filler returned its slots to the spare beneath it.</summary>
    ReclaimedBySpare,

    /// <summary>The run failed.</summary>
    RunFailed,

    /// <summary>The run shrank.</summary>
    Shrink,

    /// <summary>A spare was released for a reservation.</summary>
    DropSpare,

    /// <summary>Unfunded work yielded to funded demand; carries the lottery's seed.</summary>
    ReclaimUnfunded,

    /// <summary>A lottery drew funded work; carries the lottery's seed.</summary>
    RandomPreempt,
}
