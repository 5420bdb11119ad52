using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>What the sections of the page draw from: the figures, and the raw outcomes beneath them.</summary>
internal sealed class ReportData
{
    /// <summary>Gathers it.</summary>
    public ReportData(JobTrace trace, ReplayReport report, ImmutableArray<ReplayOutcome> outcomes)
    {
        Trace = trace;
        Report = report;
        Outcomes = outcomes;
        Span = TimeSpan.FromHours(Math.Max(report.Schedulers.Max(scheduler => scheduler.MakespanHours), 1));
        var step = Timeline.StepFor(Span);
        Timelines = [.. outcomes.Select(outcome => Timeline.Of(trace, outcome, Span, step))];
    }

    /// <summary>The jobs.</summary>
    public JobTrace Trace { get; }

    /// <summary>The figures.</summary>
    public ReplayReport Report { get; }

    /// <summary>The outcomes, in the order of the figures.</summary>
    public ImmutableArray<ReplayOutcome> Outcomes { get; }

    /// <summary>What went on over time, in the same order.</summary>
    public ImmutableArray<Timeline> Timelines { get; }

    /// <summary>From the first arrival until the last scheduler had drained.</summary>
    public TimeSpan Span { get; }

    /// <summary>
    /// The positions of the schedulers in drawing order: the one under test last, so that it lies on top.
    /// </summary>
    public IEnumerable<int> DrawingOrder => Enumerable.Range(0, Outcomes.Length).Reverse();

    /// <summary>The style of a scheduler's marks.</summary>
    public static string Style(int scheduler) => $"s{scheduler % 6}" + (scheduler == 0 ? " main" : string.Empty);

    /// <summary>A time as the axes of <see cref="Plots.Axis.Time"/> count it.</summary>
    public double OnAxis(TimeSpan at) => Span > TimeSpan.FromDays(3) ? at.TotalDays : at.TotalHours;
}
