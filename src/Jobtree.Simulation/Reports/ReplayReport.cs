using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>
/// The figures of a replay, as <c>figures.json</c> holds them. Units stand in the names; shares are 0 to 1.
/// </summary>
/// <param name="Schema">The name and version of this shape; it changes when a field changes its meaning or
/// goes.</param>
/// <param name="Trace">The trace.</param>
/// <param name="Fleet">The fleet and the rules.</param>
/// <param name="Schedulers">One entry per scheduler, the one under test first.</param>
internal sealed record ReplayReport(
    string Schema, TraceFigures Trace, FleetFigures Fleet, ImmutableArray<SchedulerFigures> Schedulers)
{
    /// <summary>The shape that this code writes.</summary>
    public const string CurrentSchema = "jobtree-replay/1";

    /// <summary>Computes the report.</summary>
    public static ReplayReport Of(JobTrace trace, ReplayOptions options, IEnumerable<ReplayOutcome> outcomes) => new(
        CurrentSchema,
        TraceFigures.Of(trace),
        FleetFigures.Of(options),
        [.. outcomes.Select(outcome => new Measure(trace, options, outcome).Figures())]);
}
