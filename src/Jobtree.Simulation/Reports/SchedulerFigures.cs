using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Reports;

/// <summary>The figures of one scheduler.</summary>
internal sealed record SchedulerFigures
{
    /// <summary>The name of the scheduler.</summary>
    public required string Name { get; init; }

    /// <summary>Jobs that completed.</summary>
    public required int JobsCompleted { get; init; }

    /// <summary>Jobs that can never run on this fleet and were left out.</summary>
    public required int JobsRefused { get; init; }

    /// <summary>The time from arrival to the first start.</summary>
    public required Distribution WaitMinutes { get; init; }

    /// <summary>Waits by size class.</summary>
    public required ImmutableArray<WaitsOfClass> WaitMinutesBySize { get; init; }

    /// <summary>Waits of jobs with a deadline (strict) and without (best effort).</summary>
    public required ImmutableArray<WaitsOfClass> WaitMinutesByUrgency { get; init; }

    /// <summary>Waits by the funding class at the first start; null if the scheduler has no funding classes.</summary>
    public ImmutableArray<WaitsOfClass>? WaitMinutesByFundingClass { get; init; }

    /// <summary>Waits by virtual cluster.</summary>
    public required ImmutableArray<WaitsOfClass> WaitMinutesByCluster { get; init; }

    /// <summary>The time from arrival to completion.</summary>
    public required Distribution TurnaroundMinutes { get; init; }

    /// <summary>Turnaround divided by duration, at least 1. Durations under 10 minutes count as 10 minutes.</summary>
    public required Distribution BoundedSlowdown { get; init; }

    /// <summary>The mean bounded slowdown of the virtual cluster with the greatest, over that of the one with the
    /// least; 0 if no job ran.</summary>
    public required double SlowdownSpreadOverClusters { get; init; }

    /// <summary>GPU-time in use from the first arrival to the last, as a share of the fleet's GPU-time.</summary>
    public required double UtilizationArrivalWindowShare { get; init; }

    /// <summary>The same share, from the first arrival to the end of the last job.</summary>
    public required double UtilizationUntilDrainedShare { get; init; }

    /// <summary>The time from the first arrival to the end of the last job.</summary>
    public required double MakespanHours { get; init; }

    /// <summary>How many times a running job was cut.</summary>
    public required int Cuts { get; init; }

    /// <summary>Jobs that were cut at least once.</summary>
    public required int JobsCut { get; init; }

    /// <summary>Work that had to be repeated because of cuts.</summary>
    public required double LostGpuHours { get; init; }

    /// <summary>GPU-hours by funding class; null if the scheduler has no funding classes.</summary>
    public GpuHoursByClass? GpuHoursByClass { get; init; }

    /// <summary>The accuracy of the forecasts; null if the scheduler makes none.</summary>
    public ForecastFigures? Forecast { get; init; }

    /// <summary>The fragmentation of the idle GPUs; null if the scheduler does not place jobs.</summary>
    public FragmentationFigures? Fragmentation { get; init; }

    /// <summary>The number of decisions.</summary>
    public required long Decisions { get; init; }

    /// <summary>The head of the ledger; null if the scheduler writes none.</summary>
    public string? LedgerHead { get; init; }

    /// <summary>The wall-clock time of the run. Like the next figure, it differs from run to run.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>Decisions per second of wall-clock time.</summary>
    public required double DecisionsPerSecond { get; init; }

    /// <summary>
    /// The figures of each seed, of which those above are the medians; null if there was one seed only.
    /// </summary>
    public ImmutableArray<SeedFigures>? Seeds { get; init; }

    /// <summary>The least and the most of a figure over the seeds; null if there was one seed only.</summary>
    /// <param name="figure">The figure.</param>
    public (double Least, double Most)? Spread(Func<SchedulerFigures, double> figure) => Seeds is { } seeds
        ? (seeds.Min(seed => figure(seed.Figures)), seeds.Max(seed => figure(seed.Figures)))
        : null;
}

/// <summary>The figures of one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Figures">The figures.</param>
internal sealed record SeedFigures(ulong Seed, SchedulerFigures Figures);

/// <summary>The waits of one class of jobs.</summary>
/// <param name="Class">The name of the class.</param>
/// <param name="WaitMinutes">The time from arrival to the first start, for jobs that ran.</param>
internal sealed record WaitsOfClass(string Class, Distribution WaitMinutes);

/// <summary>GPU-hours by funding class.</summary>
internal sealed record GpuHoursByClass(double Owned, double Shared, double Borrowed, double Unfunded)
{
    /// <summary>Converts the split to figures.</summary>
    public static GpuHoursByClass Of(ClassSplit split) =>
        new(split.Owned, split.Shared, split.Borrowed, split.Unfunded);
}
