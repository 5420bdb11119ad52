using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>The data for the sections of the page: the figures and the raw outcomes behind them.</summary>
internal sealed class ReportData
{
    /// <summary>Collects the data.</summary>
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

    /// <summary>The timelines, in the same order.</summary>
    public ImmutableArray<Timeline> Timelines { get; }

    /// <summary>The time from the first arrival until every scheduler has drained.</summary>
    public TimeSpan Span { get; }

    /// <summary>
    /// The indices of the schedulers in drawing order: the one under test is last, so that it is drawn on top.
    /// </summary>
    public IEnumerable<int> DrawingOrder => Enumerable.Range(0, Outcomes.Length).Reverse();

    /// <summary>The style class of a scheduler's marks.</summary>
    public static string Style(int scheduler) => $"s{scheduler % 7}" + (scheduler == 0 ? " main" : string.Empty);

    /// <summary>A time in the unit of <see cref="Plots.Axis.Time"/>.</summary>
    public double OnAxis(TimeSpan at) => Span > TimeSpan.FromDays(3) ? at.TotalDays : at.TotalHours;
}
