using System.Diagnostics.Metrics;
using System.Globalization;

namespace Jobtree.Telemetry;

/// <content>What the fleet's actors report: submissions, decisions, starts, ends, broken invariants.</content>
public sealed partial class FleetMetrics
{
    /// <summary>The statuses in which an attempt of a run ends.</summary>
    private static readonly string[] Statuses = ["succeeded", "failed", "cancelled", "preempted"];

    private readonly FleetInstruments fleet;

    /// <summary>A run was submitted and answered, or started from its flavor's queue.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="result"><c>bound</c>, <c>reserved</c>, <c>waiting</c> or <c>error</c>.</param>
    /// <param name="elapsed">The time from its arrival to the answer, or of the pass that started it.</param>
    public void Admitted(string flavor, string result, TimeSpan elapsed) =>
        Record(fleet.Admissions, elapsed.TotalSeconds, new("flavor", flavor), new("result", result));

    /// <summary>A flavor decided on one admission.</summary>
    /// <param name="priority"><c>fundable</c>, <c>unfundable</c>, or <c>none</c> if it was refused.</param>
    /// <param name="elapsed">The time that the decision took.</param>
    public void Decided(string priority, TimeSpan elapsed) =>
        Record(fleet.Decisions, elapsed.TotalMilliseconds, new("component", "scheduler"), new("priority", priority));

    /// <summary>A run started for the first time since its submission.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="waited">The time since its submission.</param>
    public void Waited(string flavor, TimeSpan waited) =>
        Record(fleet.Waits, waited.TotalSeconds, new KeyValuePair<string, object?>("flavor", flavor));

    /// <summary>A run ended, or an attempt of it was cut.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="status"><c>succeeded</c>, <c>failed</c>, <c>cancelled</c> or <c>preempted</c>.</param>
    /// <param name="duration">The time from its last start to its end; absent if it never started, or was cut.</param>
    public void Finished(string flavor, string status, TimeSpan? duration)
    {
        Count(fleet.Finished, 1, new("flavor", flavor), new("status", status));
        if (duration is { } lasted)
            Record(fleet.Durations, lasted.TotalSeconds, new("flavor", flavor), new("status", status));
    }

    /// <summary>
    /// A flavor is active on this host: the counters of its runs are there from now on, at 0, so that a rate sees
    /// their first increase.
    /// </summary>
    /// <param name="flavor">The flavor.</param>
    public void ShowFlavor(string flavor)
    {
        foreach (var status in Statuses)
            Count(fleet.Finished, 0, new("flavor", flavor), new("status", status));
    }

    /// <summary>A check or an audit looked at an invariant.</summary>
    /// <param name="invariant">The invariant's number.</param>
    /// <param name="count">How often it was found broken; 0 makes the counter's series appear.</param>
    public void Violated(int invariant, int count = 1) =>
        Count(fleet.Violations, count, new KeyValuePair<string, object?>(
            "invariant", invariant.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The instruments of this part.</summary>
    private sealed class FleetInstruments(FleetMetrics metrics)
    {
        public Histogram<double> Admissions { get; } = metrics.Histogram(Catalogue.AdmissionLatency);

        public Histogram<double> Decisions { get; } = metrics.Histogram(Catalogue.SchedulerLatencyMs);

        public Histogram<double> Waits { get; } = metrics.Histogram(Catalogue.RunWait);

        public Histogram<double> Durations { get; } = metrics.Histogram(Catalogue.RunDuration);

        public Counter<long> Finished { get; } = metrics.Counter(Catalogue.RunsFinished);

        public Counter<long> Violations { get; } = metrics.Counter(Catalogue.LedgerViolations);
    }
}
