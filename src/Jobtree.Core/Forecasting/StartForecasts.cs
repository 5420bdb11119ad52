using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Forecasting;

/// <summary>
/// The forecasts of all runs that wait for a flavor, made together: the running work is sorted by its expected ends
/// once, and each run waits until enough of it has ended for those ahead and itself. It is made for who asks, beside
/// the decisions.
/// </summary>
public sealed class StartForecasts
{
    private readonly FlavorState state;
    private readonly QueueOrder queue;
    private readonly RunEta[] etas;
    private readonly long[] ends;
    private readonly long[] freed;
    private readonly double work;

    /// <summary>Makes the forecasts.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="queue">The order of its queue, made at its present entry.</param>
    internal StartForecasts(FlavorState state, QueueOrder queue)
    {
        (this.state, this.queue) = (state, queue);
        (ends, freed) = (new long[state.Running.Count], new long[state.Running.Count]);
        var isWhole = state.Fleet.Nodes.All(node => node.State == NodeState.Ready);
        var count = 0;
        foreach (var run in state.RunningRuns)
        {
            ends[count] = run.RemainingTicks(queue.At.UtcTicks, state.Durations);
            freed[count] = isWhole ? run.Gpus() : UsableGpus(run);
            work += (double)ends[count] * freed[count];
            count++;
        }
        Array.Sort(ends, freed);
        for (var end = 1; end < count; end++)
            freed[end] += freed[end - 1];
        etas = new RunEta[queue.Runs.Count];
        var ahead = default(QueuedWork);
        for (var place = 0; place < etas.Length; place++)
        {
            var waiting = queue.Runs[place].Waiting;
            etas[place] = Eta(waiting, ahead);
            ahead = ahead.With(waiting.Demand);
        }
    }

    /// <summary>The order that they are made for.</summary>
    public QueueOrder Queue => queue;

    /// <summary>When a run is expected to start. Null if it does not wait, or the fleet could never hold it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The instant: nothing is forecast before it.</param>
    public RunEta? Of(RunKey run, DateTimeOffset now)
    {
        if (queue.PlaceOf(run) is not { } place)
            return null;
        var eta = etas[place.Position - 1];
        return eta.Median >= now ? eta : new RunEta(now, eta.P90 > now ? eta.P90 : now);
    }

    private RunEta Eta(WaitingRun waiting, QueuedWork ahead)
    {
        var wait = waiting.HasSlice ? waiting.Reservation!.EarliestStart - queue.At
            : Forecaster.OrKept(state, waiting, queue.At, WaitFor(ahead, waiting.Demand.GpusWithSpares()));
        var expected = state.Durations.Expected(waiting.Demand);
        return Forecaster.At(state, queue.At, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, expected).Eta;
    }

    /// <summary>What <see cref="Forecaster.WaitFor"/> gives, from the sorted ends.</summary>
    private TimeSpan WaitFor(QueuedWork ahead, long gpus)
    {
        var missing = ahead.Gpus + gpus - state.Fleet.Free;
        if (missing <= 0)
            return TimeSpan.Zero;
        var all = freed.Length > 0 ? freed[^1] : 0;
        if (missing <= all)
            return new TimeSpan(EndOf(missing));
        var worked = (work + ahead.Ticks(state.Durations.Mean())) / Math.Max(1, all + state.Fleet.Free);
        return new TimeSpan(Math.Max(
            EndOf(gpus - state.Fleet.Free), (long)Math.Min(worked, Forecaster.LongestWait.Ticks)));
    }

    /// <summary>When so many GPUs will have been released; if so many never are, when the last is.</summary>
    private long EndOf(long gpus)
    {
        if (gpus <= 0 || freed.Length == 0)
            return 0;
        var (low, high) = (0, freed.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = freed[middle] < gpus ? (middle + 1, high) : (low, middle);
        }
        return ends[low];
    }

    /// <summary>The GPUs of a run that others can have when it ends: not those of nodes that take no new work.
    /// </summary>
    private int UsableGpus(RunningRun run)
    {
        var gpus = 0;
        foreach (var lease in run.OpenLeases)
        {
            for (var i = 0; lease.Role == LeaseRole.Active && i < lease.Slots.Count; i++)
            {
                if (state.Fleet.Find(lease.Slots[i].Node) is { State: NodeState.Ready })
                    gpus += lease.Slots[i].Count;
            }
        }
        return gpus;
    }
}
