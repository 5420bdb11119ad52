using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Replay;

/// <summary>The outcome of one job of the trace.</summary>
internal sealed record JobOutcome
{
    /// <summary>The outcome of a job that is larger than the fleet.</summary>
    public static JobOutcome Refused { get; } = new();

    /// <summary>
    /// The segments in which it held its GPUs, in order. Each segment but the last ended in a cut. Empty: it never ran.
    /// </summary>
    public ImmutableArray<RunSegment> Segments { get; init; } = [];

    /// <summary>
    /// The funding class of the larger part at the first start; null if the scheduler has no funding classes.
    /// </summary>
    public FundingClass? ClassAtStart { get; init; }

    /// <summary>
    /// The first forecast while it waited; null if it never waited or the scheduler makes no forecasts.
    /// </summary>
    public StartForecast? Forecast { get; init; }

    /// <summary>Whether it ran.</summary>
    public bool Ran => !Segments.IsEmpty;

    /// <summary>How many times it was cut.</summary>
    public int Cuts => Math.Max(0, Segments.Length - 1);

    /// <summary>When it first received its GPUs.</summary>
    public TimeSpan Start => Segments[0].Start;

    /// <summary>When it completed.</summary>
    public TimeSpan End => Segments[^1].End;
}

/// <summary>One segment in which a job held its GPUs.</summary>
/// <param name="Start">When it received them, from the trace's start.</param>
/// <param name="End">When it returned them.</param>
/// <param name="Lost">How much of the segment must be run again because of the cut; zero if the job completed.</param>
internal readonly record struct RunSegment(TimeSpan Start, TimeSpan End, TimeSpan Lost = default)
{
    /// <summary>How long it held them.</summary>
    public TimeSpan Length => End - Start;
}

/// <summary>A forecast of the start of a waiting job. Times count from the trace's start.</summary>
/// <param name="MadeAt">When it was made.</param>
/// <param name="Median">The median of the forecast.</param>
/// <param name="P90">The 90th percentile of the forecast.</param>
internal readonly record struct StartForecast(TimeSpan MadeAt, TimeSpan Median, TimeSpan P90);
