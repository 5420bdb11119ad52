using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Reporting;

/// <summary>
/// What was reported about the running attempts whose runs live on this host. It is kept in memory only, and dropped
/// when the run ends, waits again or starts anew. A bounded number of runs has series in the metrics; a run keeps its
/// place until it is dropped. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="seriesMax">The most runs with series; 0: none.</param>
/// <param name="beyond">Called once for each attempt that gets no series because the bound is reached.</param>
public sealed class ReportedRuns(TimeProvider time, int seriesMax = ReportedRuns.SeriesMaxDefault,
    Action? beyond = null)
{
    /// <summary>The most runs with series, unless the host says otherwise.</summary>
    public const int SeriesMaxDefault = 1_000;

    /// <summary>The most runs whose reports are kept.</summary>
    public const int RunsMax = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<RunKey, Entry> entries = [];
    private int shown;
    // A copy of the number of entries: every record of every run passes Follow, and most hosts hold no reports.
    private volatile int count;

    /// <summary>Takes a report about the present attempt of a running run.</summary>
    /// <param name="run">The run; its caller has checked that it runs.</param>
    /// <param name="report">The values, checked by the caller.</param>
    /// <returns>All values known of the attempt; or that too many runs report.</returns>
    public Result<RunTelemetry> Put(RunRecord run, WorkloadReport report)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(run.Key, out var entry))
            {
                if (entries.Count >= RunsMax)
                    return new Problem(ProblemCode.LimitReached,
                        $"{RunsMax} running runs report their telemetry already; no more is kept on this host.");
                entries.Add(run.Key, entry = new Entry());
                count = entries.Count;
            }
            if (entry.Telemetry?.Attempt != run.Attempt)
                entry.Begin();
            Show(entry);
            return entry.Take(report, run.Attempt, time.GetUtcNow());
        }
    }

    /// <summary>Follows a change of a run, which may end the attempt that was reported about.</summary>
    /// <param name="run">The run after the change.</param>
    public void Follow(RunRecord run)
    {
        if (count == 0)
            return;
        lock (gate)
        {
            if (entries.TryGetValue(run.Key, out var entry)
                && (run.Phase != RunPhase.Running || run.Attempt != entry.Telemetry?.Attempt))
                Drop(run.Key, entry);
        }
    }

    /// <summary>What is known of the running attempts of runs; runs of which nothing is known are left out.</summary>
    /// <param name="runs">The runs.</param>
    public IReadOnlyList<ReportedRun> Of(IReadOnlyList<RunKey> runs)
    {
        if (count == 0)
            return [];
        var known = new List<ReportedRun>();
        lock (gate)
        {
            foreach (var run in runs)
            {
                if (entries.TryGetValue(run, out var entry))
                    known.Add(new ReportedRun(run, entry.Telemetry!));
            }
        }
        return known;
    }

    /// <summary>The runs that have series, in no order.</summary>
    /// <param name="isHere">Whether a run still lives on this host. One that does not is dropped: another host shows
    /// it, and this one would not learn of its end.</param>
    public IReadOnlyList<ReportedRun> WithSeries(Func<RunKey, bool>? isHere = null)
    {
        lock (gate)
        {
            if (isHere is not null)
            {
                foreach (var (run, entry) in entries.Where(entry => !isHere(entry.Key)).ToList())
                    Drop(run, entry);
            }
            return [.. entries.Where(entry => entry.Value.IsShown)
                .Select(entry => new ReportedRun(entry.Key, entry.Value.Telemetry!))];
        }
    }

    private void Show(Entry entry)
    {
        if (entry.IsShown || seriesMax == 0)
            return;
        if (shown < seriesMax)
        {
            entry.IsShown = true;
            shown++;
        }
        else if (!entry.IsCounted)
        {
            entry.IsCounted = true;
            beyond?.Invoke();
        }
    }

    private void Drop(RunKey run, Entry entry)
    {
        entries.Remove(run);
        count = entries.Count;
        if (entry.IsShown)
            shown--;
    }

    private sealed class Entry
    {
        private bool ownUtilization;
        private bool ownMemory;

        public RunTelemetry? Telemetry { get; private set; }

        public bool IsShown { get; set; }

        public bool IsCounted { get; set; }

        public void Begin() => (Telemetry, IsCounted, ownUtilization, ownMemory) = (null, false, false, false);

        public RunTelemetry Take(WorkloadReport report, int attempt, DateTimeOffset at)
        {
            // The workload knows better than the executor which of the node's GPUs are its own.
            if (report.IsMeasured)
                report = report with
                {
                    GpuUtilization = ownUtilization ? null : report.GpuUtilization,
                    GpuMemoryBytes = ownMemory ? null : report.GpuMemoryBytes,
                };
            else
                (ownUtilization, ownMemory) = (ownUtilization || report.GpuUtilization is not null,
                    ownMemory || report.GpuMemoryBytes is not null);
            return Telemetry = report.Onto(Telemetry, attempt, at);
        }
    }
}
