using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

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
