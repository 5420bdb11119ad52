namespace Jobtree.Core.Model;

/// <summary>What became of a run so far: the <c>status</c> of a Run manifest.</summary>
public sealed record RunStatus
{
    /// <summary>The summary of the conditions.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>All six conditions, in the order of <see cref="ConditionType"/>.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>Its widths in GPUs.</summary>
    public RunWidth? Width { get; init; }

    /// <summary>Who pays, in GPUs and GPU-hours.</summary>
    public RunFundingStatus? Funding { get; init; }

    /// <summary>When it is expected to start; absent once it has.</summary>
    public RunEta? Eta { get; init; }

    /// <summary>One sentence about where it is.</summary>
    public string? Message { get; init; }

    /// <summary>When its submission was acknowledged.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>When its present (or last) leases began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How many times it has been started.</summary>
    public int Attempt { get; init; }
}

/// <summary>Where a run is: a summary of its conditions.</summary>
public enum RunPhase : byte
{
    /// <summary>In the queue of its flavor.</summary>
    Pending,

    /// <summary>Waiting for upstream runs; holds nothing.</summary>
    Waiting,

    /// <summary>Holds a reservation.</summary>
    Reserved,

    /// <summary>Holds leases.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Completed,

    /// <summary>Ended otherwise: failed or cancelled.</summary>
    Failed,
}

/// <summary>One condition of a run; all six types are always present.</summary>
/// <param name="Type">What it is about.</param>
/// <param name="Status">Whether it holds.</param>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Since">When it last changed; absent while it never did.</param>
/// <param name="Message">A sentence for people, or none.</param>
public sealed record Condition(
    ConditionType Type, bool Status, string Reason, DateTimeOffset? Since = null, string? Message = null);

/// <summary>What a run's conditions are about.</summary>
public enum ConditionType
{
    /// <summary>The run has leases, or had them until it ended.</summary>
    Admitted,

    /// <summary>Every GPU it asked for has a slot.</summary>
    Scheduled,

    /// <summary>Its executor was told to start it and has not reported an end.</summary>
    Running,

    /// <summary>It ended well.</summary>
    Completed,

    /// <summary>It failed or was cancelled.</summary>
    Failed,

    /// <summary>It cannot go on by itself; the reason says why.</summary>
    Blocked,
}

/// <summary>A run's widths in GPUs.</summary>
/// <param name="Min">The least it runs with.</param>
/// <param name="Max">The most it can use.</param>
/// <param name="Desired">What it would like.</param>
/// <param name="Allocated">What it has.</param>
/// <param name="Pending">What it still waits for.</param>
public sealed record RunWidth(int Min, int Max, int Desired, int Allocated, int Pending);

/// <summary>Who pays for a run.</summary>
/// <param name="Gpus">GPUs held now, by class.</param>
/// <param name="GpuHours">GPU-hours used so far, by class.</param>
/// <param name="Lenders">Owners whose envelopes carry shared or borrowed claims of the run, in order.</param>
public sealed record RunFundingStatus(ClassSplit Gpus, ClassSplit GpuHours, IReadOnlyList<string> Lenders);

/// <summary>A forecast of a start.</summary>
/// <param name="Median">As likely before as after.</param>
/// <param name="P90">Nine times in ten before.</param>
public sealed record RunEta(DateTimeOffset Median, DateTimeOffset P90);
