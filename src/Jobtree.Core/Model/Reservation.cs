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

    /// <summary>
    /// What <see cref="EarliestStart"/> rests on; absent in ledgers from before promises were kept.
    /// </summary>
    public StartBasis? Basis { get; init; }

    /// <summary>Why <see cref="EarliestStart"/> was last moved later; absent if it never was.</summary>
    public PromiseMove? Moved { get; init; }

    /// <summary>How many times <see cref="EarliestStart"/> was moved later.</summary>
    public int Moves { get; init; }
}

/// <summary>A promised start that was moved later, which only a changed fact may do.</summary>
/// <param name="From">The start promised before.</param>
/// <param name="At">When it was moved.</param>
/// <param name="Cause">The fact that changed.</param>
/// <param name="By">What changed: a run, a node, a budget or an envelope; absent if the cause says it all.</param>
public sealed record PromiseMove(DateTimeOffset From, DateTimeOffset At, MoveCause Cause, string? By = null);

/// <summary>What a promised start rests on: what is expected last before it.</summary>
public enum StartBasis
{
    /// <summary>Running work ends as expected, until the run fits by itself.</summary>
    Fit,

    /// <summary>Work that would be cut after the activation lead.</summary>
    Cuts,

    /// <summary>A window that opens.</summary>
    Window,

    /// <summary>Claims that end on the envelopes that will pay.</summary>
    Funding,

    /// <summary>
    /// A forecast of the queue, because too many reservations are ahead of it to plan a slice. It is no promise yet.
    /// </summary>
    Estimate,
}

/// <summary>The fact that moved a promised start.</summary>
public enum MoveCause
{
    /// <summary>A run on the slice outlasts what was expected of it.</summary>
    Outlasted,

    /// <summary>A node of the slice is gone, or takes no new work.</summary>
    Node,

    /// <summary>A budget changed or a window closed.</summary>
    Funding,

    /// <summary>A run with an earlier place is to use the slice, or uses it for longer than was planned.</summary>
    Ahead,

    /// <summary>The run itself asks for something else.</summary>
    Demand,

    /// <summary>The cuts that the start counted on are no longer allowed or no longer enough.</summary>
    Cuts,

    /// <summary>The start was an estimate, and the first plan of a slice is later.</summary>
    Estimate,
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
