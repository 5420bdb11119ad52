namespace Jobtree.Core.Model;

/// <summary>A fundable run's place in the future: where and when it is expected to start.</summary>
public sealed record Reservation
{
    /// <summary>The run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Made { get; init; }

    /// <summary>
    /// The forecast of its start: nothing that outlasts this may take the slice, but unfunded work, which yields.
    /// </summary>
    public required DateTimeOffset EarliestStart { get; init; }

    /// <summary>
    /// The slots it is planned on, in node order; empty while too many reservations stand before it to plan for it.
    /// </summary>
    public IReadOnlyList<NodeSlots> IntendedSlice { get; init; } = [];

    /// <summary>The envelopes that are to pay, in cover order.</summary>
    public IReadOnlyList<EnvelopeKey> Payers { get; init; } = [];

    /// <summary>Where it is in its life.</summary>
    public ReservationState State { get; init; }

    /// <summary>GPUs that were missing when the forecast was made.</summary>
    public int DeficitGPUs { get; init; }
}

/// <summary>Where a reservation is in its life.</summary>
public enum ReservationState
{
    /// <summary>Waiting for its start.</summary>
    Pending,

    /// <summary>Activated: the run started.</summary>
    Released,

    /// <summary>The run failed before it started.</summary>
    Failed,

    /// <summary>The run was cancelled.</summary>
    Cancelled,
}
