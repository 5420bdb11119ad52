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
