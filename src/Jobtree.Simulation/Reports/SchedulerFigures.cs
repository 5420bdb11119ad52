using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Reports;

/// <summary>The figures of one scheduler.</summary>
internal sealed record SchedulerFigures
{
    /// <summary>The scheduler.</summary>
    public required string Name { get; init; }

    /// <summary>Jobs that ran to their end.</summary>
    public required int JobsCompleted { get; init; }

    /// <summary>Jobs that could never run on this fleet and were left out.</summary>
    public required int JobsRefused { get; init; }

    /// <summary>From arrival to the first start.</summary>
    public required Distribution WaitMinutes { get; init; }

    /// <summary>Waits by size.</summary>
    public required ImmutableArray<WaitsOfClass> WaitMinutesBySize { get; init; }

    /// <summary>Waits of jobs with a deadline (strict) and without (best effort).</summary>
    public required ImmutableArray<WaitsOfClass> WaitMinutesByUrgency { get; init; }

    /// <summary>Waits by the funding class at the first start; null where a scheduler knows no classes.</summary>
    public ImmutableArray<WaitsOfClass>? WaitMinutesByFundingClass { get; init; }

    /// <summary>Waits by virtual cluster.</summary>
    public required ImmutableArray<WaitsOfClass> WaitMinutesByCluster { get; init; }

    /// <summary>From arrival to the end.</summary>
    public required Distribution TurnaroundMinutes { get; init; }

    /// <summary>Turnaround over duration, a duration under 10 minutes counted as 10, and never below 1.</summary>
    public required Distribution BoundedSlowdown { get; init; }

    /// <summary>GPU-time in use from the first arrival to the last, as a share of the fleet's.</summary>
    public required double UtilizationArrivalWindowShare { get; init; }

    /// <summary>The same from the first arrival until the last job had ended.</summary>
    public required double UtilizationUntilDrainedShare { get; init; }

    /// <summary>From the first arrival until the last job had ended.</summary>
    public required double MakespanHours { get; init; }

    /// <summary>How often a running job was cut.</summary>
    public required int Cuts { get; init; }

    /// <summary>Jobs that were cut at least once.</summary>
    public required int JobsCut { get; init; }

    /// <summary>Work that had to be done again because of cuts.</summary>
    public required double LostGpuHours { get; init; }

    /// <summary>GPU-hours by funding class; null where a scheduler knows no classes.</summary>
    public GpuHoursByClass? GpuHoursByClass { get; init; }

    /// <summary>How good the forecasts were; null where a scheduler makes none.</summary>
    public ForecastFigures? Forecast { get; init; }

    /// <summary>How whole the idle GPUs were; null where a scheduler does not place.</summary>
    public FragmentationFigures? Fragmentation { get; init; }

    /// <summary>Decisions taken.</summary>
    public required long Decisions { get; init; }

    /// <summary>The head of the ledger that was written; null where a scheduler writes none.</summary>
    public string? LedgerHead { get; init; }

    /// <summary>Wall-clock time of the run. Differs from run to run, as does the next.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>Decisions per second of wall-clock time.</summary>
    public required double DecisionsPerSecond { get; init; }
}

/// <summary>The waits of one class of jobs.</summary>
/// <param name="Class">What the class is called.</param>
/// <param name="WaitMinutes">From arrival to the first start, of the jobs that ran.</param>
internal sealed record WaitsOfClass(string Class, Distribution WaitMinutes);

/// <summary>GPU-hours by funding class.</summary>
internal sealed record GpuHoursByClass(double Owned, double Shared, double Borrowed, double Unfunded)
{
    /// <summary>The split as figures.</summary>
    public static GpuHoursByClass Of(ClassSplit split) =>
        new(split.Owned, split.Shared, split.Borrowed, split.Unfunded);
}
