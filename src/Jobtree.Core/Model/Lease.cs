namespace Jobtree.Core.Model;

/// <summary>An immutable fact: a run holds slots from an instant on, paid by one envelope or by none.</summary>
/// <remarks>A fleet holds as many as it has GPUs in use: the payer and the instant are kept without what a nullable and
/// an offset would add.</remarks>
public sealed record Lease
{
    private readonly EnvelopeKey payer;
    private readonly long start;

    /// <summary>Number of the lease in its flavor's ledger, from 1.</summary>
    public required long Id { get; init; }

    /// <summary>Who holds the slots.</summary>
    public required RunKey Run { get; init; }

    /// <summary>The placement group, from 0.</summary>
    public int Group { get; init; }

    /// <summary>The chunk of the run's width that this lease is, from 0: the last key of the funding order.</summary>
    public int Chunk { get; init; }

    /// <summary>The slots, one item per node, in node order.</summary>
    public required IReadOnlyList<NodeSlots> Slots { get; init; }

    /// <summary>What the slots are for.</summary>
    public LeaseRole Role { get; init; }

    /// <summary>The envelope that the claim is on; absent: none pays.</summary>
    public EnvelopeKey? Payer
    {
        get => payer == default ? null : payer;
        init => payer = value ?? default;
    }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Start
    {
        get => new(start, TimeSpan.Zero);
        init => start = value.UtcTicks;
    }

    /// <summary>Why it began.</summary>
    public LeaseStartReason Reason { get; init; }

    /// <summary>How many GPUs it holds.</summary>
    public int Gpus()
    {
        var gpus = 0;
        for (var i = 0; i < Slots.Count; i++)
            gpus += Slots[i].Count;
        return gpus;
    }
}
