using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Replay;

/// <summary>What became of one job of the trace.</summary>
internal sealed record JobOutcome
{
    /// <summary>The outcome of a job that is wider than the fleet.</summary>
    public static JobOutcome Refused { get; } = new();

    /// <summary>
    /// When it held its GPUs, in order. Every segment but the last ended in a cut. Empty: it never ran.
    /// </summary>
    public ImmutableArray<RunSegment> Segments { get; init; } = [];

    /// <summary>
    /// How the larger part of it was paid for when it first started; null where a scheduler knows no classes.
    /// </summary>
    public FundingClass? ClassAtStart { get; init; }

    /// <summary>
    /// The first forecast that it got while it waited; null when it never waited or the scheduler forecasts nothing.
    /// </summary>
    public StartForecast? Forecast { get; init; }

    /// <summary>Whether it ran.</summary>
    public bool Ran => !Segments.IsEmpty;

    /// <summary>How often it was cut.</summary>
    public int Cuts => Math.Max(0, Segments.Length - 1);

    /// <summary>When it first got its GPUs.</summary>
    public TimeSpan Start => Segments[0].Start;

    /// <summary>When it was done.</summary>
    public TimeSpan End => Segments[^1].End;
}

/// <summary>One stretch in which a job held its GPUs.</summary>
/// <param name="Start">When it got them, from the trace's start.</param>
/// <param name="End">When it gave them back.</param>
/// <param name="Lost">How much of the stretch has to be run again because the job was cut; zero when it
/// completed.</param>
internal readonly record struct RunSegment(TimeSpan Start, TimeSpan End, TimeSpan Lost = default)
{
    /// <summary>How long it held them.</summary>
    public TimeSpan Length => End - Start;
}

/// <summary>A forecast of when a waiting job would start. Times count from the trace's start.</summary>
/// <param name="MadeAt">When it was made.</param>
/// <param name="Median">The median of the forecast.</param>
/// <param name="P90">The 90th percentile of the forecast.</param>
internal readonly record struct StartForecast(TimeSpan MadeAt, TimeSpan Median, TimeSpan P90);
