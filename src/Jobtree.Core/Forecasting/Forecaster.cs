using System.Buffers;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Forecasting;

/// <summary>
/// Forecasts starts. The baseline is arithmetic: running work ends when expected, and the GPUs that it frees go first
/// to the runs ahead. A run that has outlived its expected duration is expected to need another quarter of its age. The
/// errors of past forecasts turn the baseline into a median and a 90 % bound (<see cref="ForecastErrors"/>).
/// </summary>
public static class Forecaster
{
    /// <summary>With no more running runs than these, every run that joins the queue gets a forecast.</summary>
    private const int AlwaysWithRuns = 4_096;

    /// <summary>With more, a forecast looks at this many running runs for each ledger entry on average.</summary>
    private const int LooksPerEntry = 256;

    internal static readonly TimeSpan LongestWait = TimeSpan.FromDays(3650);

    /// <summary>The wait until GPUs are free for a run behind others.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    /// <param name="ahead">What those ahead ask for.</param>
    /// <param name="gpus">The GPUs of the run.</param>
    /// <remarks>
    /// While the running work is enough for all of them, they start as it ends. Beyond that, the fleet works off what
    /// runs and what is ahead, at the durations that those ahead state, or a mean of past ones.
    /// </remarks>
    internal static TimeSpan WaitFor(FlavorState state, DateTimeOffset now, QueuedWork ahead, long gpus)
    {
        var missing = ahead.Gpus + gpus - state.Fleet.Free;
        if (missing <= 0)
            return TimeSpan.Zero;
        var ends = ArrayPool<(long Remaining, int Gpus)>.Shared.Rent(state.Running.Count);
        var (count, all, work) = (0, 0L, 0d);
        var at = now.UtcTicks;
        foreach (var run in state.RunningRuns)
        {
            var remaining = run.RemainingTicks(at, state.Durations);
            work += (double)remaining * run.Gpus();
            all += run.Gpus();
            ends[count++] = (remaining, run.Gpus());
        }
        var isEnough = missing <= all;
        missing = isEnough ? missing : gpus - state.Fleet.Free;
        var freed = missing > 0 ? ReleaseTimes.Until(ends.AsSpan(0, count), ref missing) : 0;
        ArrayPool<(long Remaining, int Gpus)>.Shared.Return(ends);
        if (isEnough)
            return new TimeSpan(freed);
        var worked = (work + ahead.Ticks(state.Durations.Mean())) / Math.Max(1, all + state.Fleet.Free);
        return new TimeSpan(Math.Max(freed, (long)Math.Min(worked, LongestWait.Ticks)));
    }

    /// <summary>The forecast of the remaining time of a running run.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="run">The run.</param>
    /// <param name="now">The instant.</param>
    public static TimeSpan Remaining(FlavorState state, RunningRun run, DateTimeOffset now) =>
        new(run.RemainingTicks(now.UtcTicks, state.Durations));

    /// <summary>
    /// The forecast for a run that has just begun to wait, and its baseline: what its start will be compared with. It
    /// looks at every running run, so on a large fleet only some runs get one, drawn by the number of the entry.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="waiting">The run, which is in the queue.</param>
    /// <param name="now">The instant.</param>
    public static (RunEta? Eta, TimeSpan Baseline) WhenEnqueued(
        FlavorState state, WaitingRun waiting, DateTimeOffset now) => !IsDrawn(state) ? (null, TimeSpan.Zero) :
        At(state, now, OrKept(state, waiting, now,
            WaitFor(state, now, Others(state, waiting), waiting.Demand.GpusWithSpares())),
            state.Durations.Expected(waiting.Demand));

    /// <summary>Drawn by a multiplicative hash (Knuth): entries alternate, so their numbers as such would not do.
    /// </summary>
    private static bool IsDrawn(FlavorState state) => state.Running.Count <= AlwaysWithRuns
        || ((ulong)state.Sequence * 0x9e3779b97f4a7c15 >> 32) % (ulong)(state.Running.Count / LooksPerEntry) == 0;

    /// <summary>
    /// Until when a run is kept back that was cut too often: it would only start where it may have to yield at once
    /// (<see cref="WaitingRun.ComesBackAt"/>). Null if it may start.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="waiting">The run.</param>
    /// <param name="now">The instant.</param>
    public static DateTimeOffset? KeptUntil(FlavorState state, WaitingRun waiting, DateTimeOffset now) =>
        waiting.IsHeldAt(now) && state.Funding.Cover(waiting.RankedDemand).IsRecallable ? waiting.ComesBackAt : null;

    /// <summary>A wait, or until when a run is kept back, if that is longer.</summary>
    internal static TimeSpan OrKept(FlavorState state, WaitingRun waiting, DateTimeOffset now, TimeSpan wait) =>
        KeptUntil(state, waiting, now) is { } kept && kept - now > wait ? kept - now : wait;

    /// <summary>
    /// The forecast time until all runs that wait now, and that the fleet could hold, have started.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    public static TimeSpan Backlog(FlavorState state, DateTimeOffset now)
    {
        var waiting = state.WorkThatFits;
        if (waiting.Gpus <= 0)
            return TimeSpan.Zero;
        // Of the last that fill the fleet, only the start counts.
        var last = Math.Min(waiting.Gpus, Math.Max(1, state.Fleet.Gpus));
        var share = (double)(waiting.Gpus - last) / waiting.Gpus;
        var ahead = new QueuedWork(waiting.Gpus - last, (Int128)((double)waiting.StatedTicks * share),
            (long)(waiting.UnstatedGpus * share));
        return state.ForecastErrors.Stretch(WaitFor(state, now, ahead, last)).Median;
    }

    /// <summary>When one more GPU would be free behind all runs that wait now.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    public static RunEta NextGpu(FlavorState state, DateTimeOffset now) => Behind(state, now, 1);

    /// <summary>When a run of some GPUs would start behind all runs that wait now.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    /// <param name="gpus">Its GPUs.</param>
    /// <param name="expected">How long it is expected to take. Null: any length.</param>
    public static RunEta Behind(FlavorState state, DateTimeOffset now, int gpus, TimeSpan? expected = null) =>
        At(state, now, WaitFor(state, now, state.WorkThatFits, gpus), expected).Eta;

    /// <summary>A forecast from a baseline.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    /// <param name="baseline">The baseline wait.</param>
    /// <param name="expected">How long the run is expected to take. Null: any length.</param>
    public static (RunEta Eta, TimeSpan Baseline) At(
        FlavorState state, DateTimeOffset now, TimeSpan baseline, TimeSpan? expected = null)
    {
        var (median, p90) = state.ForecastErrors.Stretch(baseline, expected);
        return (new RunEta(now + median, now + p90), baseline);
    }

    /// <summary>What all other waiting runs ask for that the fleet could hold.</summary>
    private static QueuedWork Others(FlavorState state, WaitingRun waiting) => state.CanEverFit(waiting.Demand)
        ? state.WorkThatFits.Without(waiting.Demand) : state.WorkThatFits;

    internal static void Learn(FlavorState state, WaitingRun waiting, DateTimeOffset startedAt)
    {
        // A run that starts because another was cancelled did not wait for what its forecast counted on.
        if (waiting.Forecast is not { } forecast || state.CancelledAt == startedAt)
            return;
        state.ForecastErrors.Add(waiting.ForecastBaseline, startedAt - waiting.Since, startedAt <= forecast.P90,
            state.Durations.Expected(waiting.Demand));
        state.Lateness.Add(startedAt - forecast.Median);
    }
}
