using System.Collections.Concurrent;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Telemetry;

namespace Jobtree.Api.Observing;

/// <summary>
/// Measures what the actors of this host do. Each thing is told on one host, so sums over all hosts are right.
/// </summary>
public sealed class FleetMeter : IFleetObserver
{
    private const string Loop = "invariants";

    private readonly FleetMetrics metrics;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, FlavorFindings> findings = new();

    /// <summary>Measures by some metrics; they must not have another meter of the fleet.</summary>
    /// <param name="metrics">The metrics.</param>
    /// <param name="time">The clock for the times of last successes.</param>
    public FleetMeter(FleetMetrics metrics, TimeProvider time)
    {
        (this.metrics, this.time) = (metrics, time);
        Observe(Catalogue.LedgerGaps, static found => found.Missing);
        Observe(Catalogue.LeasesOrphaned, static found => found.Orphaned);
        Observe(Catalogue.RunsLost, static found => found.Lost);
    }

    /// <inheritdoc/>
    public void Submitted(string flavor, string result, TimeSpan elapsed) => metrics.Admitted(flavor, result, elapsed);

    /// <inheritdoc/>
    public void Decided(string flavor, bool? isFundable, TimeSpan elapsed) => metrics.Decided(isFundable switch
    {
        true => "fundable",
        false => "unfundable",
        null => "none",
    }, elapsed);

    /// <inheritdoc/>
    public void StartedFromQueue(string flavor, TimeSpan elapsed) => metrics.Admitted(flavor, "bound", elapsed);

    /// <inheritdoc/>
    public void StartedFirst(string flavor, TimeSpan waited) => metrics.Waited(flavor, waited);

    /// <inheritdoc/>
    public void StartedLate(string flavor, TimeSpan late) => metrics.Started(flavor, late);

    /// <inheritdoc/>
    public void Cut(string flavor) => metrics.Finished(flavor, "preempted", null);

    /// <inheritdoc/>
    public void Ended(RunRecord run) => metrics.Finished(
        run.Spec.Resources.GpuType,
        run.Phase == RunPhase.Completed ? "succeeded" : run.Reason == nameof(LeaseEndReason.Cancelled) ? "cancelled"
            : "failed",
        run.FinishedAt - run.StartedAt);

    /// <inheritdoc/>
    public void Activated(string flavor) => metrics.ShowFlavor(flavor);

    /// <inheritdoc/>
    public void Deactivated(string flavor) => findings.TryRemove(flavor, out _);

    /// <inheritdoc/>
    public void Checked(string flavor, FlavorFindings findings)
    {
        foreach (var (invariant, count) in findings.Counts)
            metrics.Violated(invariant, count);
        metrics.Passed(Loop, findings.Worked, time.GetUtcNow());
        this.findings[flavor] = findings;
    }

    private void Observe(MetricDefinition series, Func<FlavorFindings, double> read) =>
        metrics.Observe(series, () => findings.Select(found => series.Measure(read(found.Value), found.Key)));
}
