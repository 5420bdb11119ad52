namespace Jobtree.Core.Model;

/// <summary>
/// What was last reported about a running attempt, by its workload or its executor. It is not recorded: a restart of
/// the host loses it until the next report. Absent values were not reported.
/// </summary>
public sealed record RunTelemetry
{
    /// <summary>The attempt that the values are of.</summary>
    public required int Attempt { get; init; }

    /// <summary>When the last report arrived.</summary>
    public required DateTimeOffset ReportedAt { get; init; }

    /// <summary>The epoch of the training; may have a fraction.</summary>
    public double? Epoch { get; init; }

    /// <summary>The loss of the training.</summary>
    public double? Loss { get; init; }

    /// <summary>The part of the work that is done, 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>When the workload expects to end.</summary>
    public DateTimeOffset? Eta { get; init; }

    /// <summary>The mean utilization of the run's GPUs, 0 to 1.</summary>
    public double? GpuUtilization { get; init; }

    /// <summary>The memory in use on the run's GPUs, in bytes.</summary>
    public double? GpuMemoryBytes { get; init; }

    /// <summary>The processors that the run's processes keep busy, as the executor measures them.</summary>
    public double? CpuCores { get; init; }

    /// <summary>The resident memory of the run's processes in bytes, as the executor measures it.</summary>
    public double? MemoryBytes { get; init; }
}
