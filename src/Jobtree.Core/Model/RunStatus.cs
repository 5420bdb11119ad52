namespace Jobtree.Core.Model;

/// <summary>The state of a run so far: the <c>status</c> of a Run manifest.</summary>
public sealed record RunStatus
{
    /// <summary>The summary of the conditions.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>All six conditions, in the order of <see cref="ConditionType"/>.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>The run's widths in GPUs.</summary>
    public RunWidth? Width { get; init; }

    /// <summary>Who pays, in GPUs and GPU-hours.</summary>
    public RunFundingStatus? Funding { get; init; }

    /// <summary>
    /// While the run waits, when it is expected to start. While it runs, when its workload expects to end, if it
    /// reported that; both bounds are then the same.
    /// </summary>
    public RunEta? Eta { get; init; }

    /// <summary>
    /// Its place among those that wait for its flavor; absent if it does not wait for GPUs, or its flavor could never
    /// hold it.
    /// </summary>
    public QueuePlace? Queue { get; init; }

    /// <summary>What was last reported about the running attempt; absent if nothing was.</summary>
    public RunTelemetry? Telemetry { get; init; }

    /// <summary>One sentence about the run's state.</summary>
    public string? Message { get; init; }

    /// <summary>Who holds the run back; absent if nobody does.</summary>
    public RunHoldStatus? Hold { get; init; }

    /// <summary>When the run's submission was acknowledged.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>When the run's present (or last) leases began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the run ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How many times the run has been started.</summary>
    public int Attempt { get; init; }

    /// <summary>Where it stands with its flavor; only in files of a whole fleet.</summary>
    public RunSchedule? Schedule { get; init; }
}

/// <summary>The place of a waiting run in the order in which its flavor's queue is served now.</summary>
/// <param name="Position">Its position, from 1.</param>
/// <param name="Of">The number of runs that wait. What the fleet could never hold is not counted.</param>
public sealed record QueuePlace(int Position, int Of);

/// <summary>A hold on a run.</summary>
/// <param name="By">Who holds it.</param>
/// <param name="Since">Since when.</param>
/// <param name="Reason">Why, if that was said.</param>
public sealed record RunHoldStatus(string By, DateTimeOffset Since, string? Reason);

/// <summary>The phase of a run: a summary of its conditions.</summary>
public enum RunPhase : byte
{
    /// <summary>In the queue of its flavor.</summary>
    Pending,

    /// <summary>Kept back by a follow edge or a hold; holds nothing and is in no queue.</summary>
    Waiting,

    /// <summary>Holds a reservation.</summary>
    Reserved,

    /// <summary>Holds leases.</summary>
    Running,

    /// <summary>Ended successfully.</summary>
    Completed,

    /// <summary>Ended otherwise: failed or cancelled.</summary>
    Failed,
}

/// <summary>One condition of a run; all six types are always present.</summary>
/// <param name="Type">What the condition is about.</param>
/// <param name="Status">Whether the condition holds.</param>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Since">When it last changed; absent if it never has.</param>
/// <param name="Message">A sentence for people, or none.</param>
public sealed record Condition(
    ConditionType Type, bool Status, string Reason, DateTimeOffset? Since = null, string? Message = null);

/// <summary>What a run's conditions are about.</summary>
public enum ConditionType
{
    /// <summary>The run has leases, or had them until it ended.</summary>
    Admitted,

    /// <summary>Every GPU that the run asked for has a slot.</summary>
    Scheduled,

    /// <summary>The run's executor was told to start it and has not reported an end.</summary>
    Running,

    /// <summary>The run ended successfully.</summary>
    Completed,

    /// <summary>The run failed or was cancelled.</summary>
    Failed,

    /// <summary>A follow edge, a hold or a checkpoint keeps the run back. Want of room never does.</summary>
    Blocked,
}

/// <summary>A run's widths in GPUs.</summary>
/// <param name="Min">The fewest GPUs it can run with.</param>
/// <param name="Max">The most it can use.</param>
/// <param name="Desired">The preferred width.</param>
/// <param name="Allocated">The GPUs that it holds.</param>
/// <param name="Pending">The GPUs that it still waits for.</param>
public sealed record RunWidth(int Min, int Max, int Desired, int Allocated, int Pending);

/// <summary>Who pays for a run.</summary>
/// <param name="Gpus">GPUs held now, by class.</param>
/// <param name="GpuHours">GPU-hours used so far, by class.</param>
/// <param name="Lenders">Owners whose envelopes pay shared or borrowed claims of the run, in order.</param>
public sealed record RunFundingStatus(ClassSplit Gpus, ClassSplit GpuHours, IReadOnlyList<string> Lenders);

/// <summary>A forecast of a start, or of an end.</summary>
/// <param name="Median">It is as likely to be before this as after.</param>
/// <param name="P90">It is before this in nine cases out of ten.</param>
public sealed record RunEta(DateTimeOffset Median, DateTimeOffset P90);
