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
    /// <summary>The wait until a number of GPUs are free.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    /// <param name="gpus">The number of GPUs, including those for the runs ahead; GPUs that are free now count towards
    /// it.</param>
    public static TimeSpan WaitFor(FlavorState state, DateTimeOffset now, long gpus)
    {
        var missing = gpus - state.Fleet.Free;
        if (missing <= 0)
            return TimeSpan.Zero;
        var ends = ArrayPool<(long Remaining, int Gpus)>.Shared.Rent(state.Running.Count);
        var (count, last, all) = (0, 0L, 0L);
        var at = now.UtcTicks;
        foreach (var run in state.RunningRuns)
        {
            var remaining = run.RemainingTicks(at);
            last = Math.Max(last, remaining);
            all += run.Gpus();
            ends[count++] = (remaining, run.Gpus());
        }
        var isEnough = missing <= all;
        var freed = isEnough ? ReleaseTimes.Until(ends.AsSpan(0, count), ref missing) : last;
        ArrayPool<(long Remaining, int Gpus)>.Shared.Return(ends);
        if (isEnough)
            return new TimeSpan(freed);
        missing -= all;

        // More GPUs are wanted than run now: add the (fractional) turnovers of the fleet, each a mean duration long.
        var turns = state.Fleet.Gpus == 0 ? 1 : (double)missing / state.Fleet.Gpus;
        return new TimeSpan(last) + TimeSpan.FromSeconds(
            Math.Min(turns * state.Durations.Mean().TotalSeconds, TimeSpan.FromDays(3650).TotalSeconds));
    }

    /// <summary>The forecast of the remaining time of a running run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The instant.</param>
    public static TimeSpan Remaining(RunningRun run, DateTimeOffset now) => new(run.RemainingTicks(now.UtcTicks));

    /// <summary>The forecast for a run that has just begun to wait, and its baseline.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="waiting">The run, which is in the queue.</param>
    /// <param name="now">The instant.</param>
    public static (RunEta Eta, TimeSpan Baseline) WhenEnqueued(
        FlavorState state, WaitingRun waiting, DateTimeOffset now) =>
        At(state, now, WaitFor(state, now, state.Queue.Gpus));

    /// <summary>The present forecast for a waiting run.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="waiting">The run.</param>
    /// <param name="now">The instant.</param>
    public static RunEta Of(FlavorState state, WaitingRun waiting, DateTimeOffset now)
    {
        if (waiting.Reservation is { IntendedSlice.Count: > 0 } reservation)
            return At(state, now, reservation.EarliestStart > now ? reservation.EarliestStart - now : TimeSpan.Zero)
                .Eta;
        long ahead = waiting.Demand.Gpus;
        foreach (var other in state.Queue.Runs)
        {
            if (other != waiting && IsAhead(other, waiting))
                ahead += other.Demand.Gpus;
        }
        return At(state, now, WaitFor(state, now, ahead)).Eta;
    }

    /// <summary>The forecast time until all runs that wait now have started.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    public static TimeSpan Backlog(FlavorState state, DateTimeOffset now) =>
        state.Queue.Count == 0 ? TimeSpan.Zero : state.ForecastErrors.Stretch(WaitFor(state, now, state.Queue.Gpus))
            .Median;

    /// <summary>A forecast from a baseline.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    /// <param name="baseline">The baseline wait.</param>
    public static (RunEta Eta, TimeSpan Baseline) At(FlavorState state, DateTimeOffset now, TimeSpan baseline)
    {
        var (median, p90) = state.ForecastErrors.Stretch(baseline);
        return (new RunEta(now + median, now + p90), baseline);
    }

    /// <summary>Whether one waiting run is served before another: reservations first, then by submission.</summary>
    /// <param name="other">The run that may be ahead.</param>
    /// <param name="waiting">The other run.</param>
    public static bool IsAhead(WaitingRun other, WaitingRun waiting) =>
        (other.Reservation is null) == (waiting.Reservation is null)
            ? WaitingOrder.Instance.Compare(other, waiting) < 0
            : other.Reservation is not null;

    internal static void Learn(FlavorState state, WaitingRun waiting, DateTimeOffset startedAt)
    {
        if (waiting.Forecast is not { } forecast)
            return;
        state.ForecastErrors.Add(waiting.ForecastBaseline, startedAt - waiting.Since, startedAt <= forecast.P90);
        state.Lateness.Add(startedAt - forecast.Median);
    }
}
