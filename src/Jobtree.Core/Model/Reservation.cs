namespace Jobtree.Core.Model;

/// <summary>The planned start of a fundable run: where and when it is expected to start.</summary>
public sealed record Reservation
{
    /// <summary>The run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>When the reservation was made.</summary>
    public required DateTimeOffset Made { get; init; }

    /// <summary>
    /// The forecast start. Work that lasts beyond it may not take the slice, except unfunded work, which yields.
    /// </summary>
    public required DateTimeOffset EarliestStart { get; init; }

    /// <summary>The planned slots, in node order; empty while too many reservations are ahead of it to plan.</summary>
    public IReadOnlyList<NodeSlots> IntendedSlice { get; init; } = [];

    /// <summary>The envelopes that will pay, in cover order.</summary>
    public IReadOnlyList<EnvelopeKey> Payers { get; init; } = [];

    /// <summary>The state of the reservation.</summary>
    public ReservationState State { get; init; }

    /// <summary>GPUs that were missing when the forecast was made.</summary>
    public int DeficitGPUs { get; init; }
}

/// <summary>The state of a reservation.</summary>
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
