using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// The running work in the order in which it is expected to end. Work that is unfunded in part counts as ending at
/// once, since it yields. Ties go to the first name. Most plans need only the first few, so no more are sorted than are
/// asked for.
/// </summary>
internal sealed class ReleaseSurvey
{
    private long[] remaining = [];
    private RunningRun[] runs = [];
    private (long Remaining, int Gpus)[] times = [];
    private int count;
    private int inOrder;

    /// <summary>Surveys the work that runs now.</summary>
    /// <param name="running">The runs with leases.</param>
    /// <param name="now">The instant.</param>
    public void Take(Dictionary<RunKey, RunningRun>.ValueCollection running, DateTimeOffset now)
    {
        if (running.Count > runs.Length)
        {
            var room = 2 * running.Count;
            (remaining, runs, times) = (new long[room], new RunningRun[room], new (long, int)[room]);
        }
        if (running.Count < count)
            Array.Clear(runs, running.Count, count - running.Count); // Ended runs must not be held in memory.
        (count, inOrder) = (0, 0);
        var at = now.UtcTicks;
        foreach (var run in running)
        {
            var needed = run.Meter.UnfundedGpus > 0 ? 0 : run.RemainingTicks(at);
            (remaining[count], runs[count], times[count]) = (needed, run, (needed, run.Gpus()));
            count++;
        }
    }

    /// <summary>A run, and the ticks until it is expected to end.</summary>
    /// <param name="index">Its place in the order, below what <see cref="CountBy"/> gave.</param>
    public (long Remaining, RunningRun Run) this[int index] => (remaining[index], runs[index]);

    /// <summary>The ticks until so many GPUs are released; the greatest number if there are not so many.</summary>
    /// <param name="gpus">The GPUs; where none are missing, that is now.</param>
    public long Horizon(long gpus)
    {
        if (gpus <= 0)
            return 0;
        var horizon = ReleaseTimes.Until(times.AsSpan(0, count), ref gpus);
        return gpus > 0 ? long.MaxValue : horizon;
    }

    /// <summary>How many runs are expected to end by a time. They are in order from then on.</summary>
    /// <param name="horizon">The ticks until then.</param>
    public int CountBy(long horizon)
    {
        var due = inOrder;
        while (due > 0 && remaining[due - 1] > horizon)
            due--;
        if (due < inOrder)
            return due;
        for (var i = inOrder; i < count; i++)
        {
            if (remaining[i] > horizon)
                continue;
            (remaining[due], remaining[i]) = (remaining[i], remaining[due]);
            (runs[due], runs[i]) = (runs[i], runs[due]);
            due++;
        }
        Order(inOrder, due);
        return inOrder = due;
    }

    private void Order(int first, int end)
    {
        Array.Sort(remaining, runs, first, end - first);
        for (var next = first + 1; next <= end; next++)
        {
            if (next < end && remaining[next] == remaining[first])
                continue;
            if (next - first > 1)
                runs.AsSpan(first, next - first).Sort(
                    static (left, right) => left.Demand.Run.CompareTo(right.Demand.Run));
            first = next;
        }
    }
}
