using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Replay;

/// <summary>What became of one job of the trace.</summary>
internal sealed record JobOutcome
{
    /// <summary>The job that could not run on this fleet at all.</summary>
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
