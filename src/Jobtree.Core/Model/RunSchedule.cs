namespace Jobtree.Core.Model;

/// <summary>
/// Where a run stands with its flavor, in files of a whole fleet: what the flavor decides by beside the run's spec.
/// </summary>
public sealed record RunSchedule
{
    /// <summary>When it began to wait; for a run that waits.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    /// <summary>When it was first admitted, which is its place in the funding order.</summary>
    public DateTimeOffset? AdmittedAt { get; init; }

    /// <summary>When its present attempt began; for a run that runs.</summary>
    public DateTimeOffset? AttemptSince { get; init; }

    /// <summary>When it is expected to end; for a run that runs.</summary>
    public DateTimeOffset? ExpectedEnd { get; init; }

    /// <summary>GPUs that its present demand is for, if the spec says otherwise.</summary>
    public int? Gpus { get; init; }

    /// <summary>GPUs that it grows towards or shrinks to, if the spec says otherwise.</summary>
    public int? DesiredGpus { get; init; }

    /// <summary>How many times in a row it was cut before it had run for its protected time.</summary>
    public int EarlyCuts { get; init; }

    /// <summary>The forecast made when it began to wait.</summary>
    public RunEta? Forecast { get; init; }

    /// <summary>The wait behind that forecast, before it was stretched by past errors.</summary>
    public TimeSpan? ForecastWait { get; init; }

    /// <summary>GPU-seconds of the present attempt by class, up to the instant of the file.</summary>
    public ClassSplit? GpuSeconds { get; init; }
}
