using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// The running work in order of expected end. A partly unfunded run counts as ending at once if it yields. Ties go to
/// the first name. Most plans need only the first few runs, so only those asked for are sorted.
/// </summary>
internal sealed class ReleaseSurvey
{
    private long[] remaining = [];
    private RunningRun[] runs = [];
    private (long Remaining, int Gpus)[] times = [];
    private int count;
    private int inOrder;

    /// <summary>Surveys the running work.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    /// <param name="someUnfunded">Whether some run is partly unfunded.</param>
    /// <param name="stays">Owners whose unfunded work does not yield. Null if all unfunded work does.</param>
    public void Take(
        FlavorState state, DateTimeOffset now, bool someUnfunded, IReadOnlySet<string>? stays = null)
    {
        var running = state.RunningRuns;
        if (running.Count > runs.Length)
        {
            var room = 2 * running.Count;
            (remaining, runs, times) = (new long[room], new RunningRun[room], new (long, int)[room]);
        }
        if (running.Count < count)
            Array.Clear(runs, running.Count, count - running.Count); // Drops references to ended runs.
        (count, inOrder) = (0, 0);
        var at = now.UtcTicks;
        foreach (var run in running)
        {
            var yields = someUnfunded && run.Meter.UnfundedGpus > 0 && stays?.Contains(run.Demand.Owner) != true;
            var needed = yields ? 0 : run.RemainingTicks(at, state.Durations);
            (remaining[count], runs[count], times[count]) = (needed, run, (needed, run.Gpus()));
            count++;
        }
    }

    /// <summary>A run, and the ticks until its expected end.</summary>
    /// <param name="index">Its place in the order, less than the last result of <see cref="CountBy"/>.</param>
    public (long Remaining, RunningRun Run) this[int index] => (remaining[index], runs[index]);

    /// <summary>
    /// The ticks until a number of GPUs is released. long.MaxValue if fewer are ever released.
    /// </summary>
    /// <param name="gpus">The number of GPUs. Zero or less is available now.</param>
    public long Horizon(long gpus)
    {
        if (gpus <= 0)
            return 0;
        var horizon = ReleaseTimes.Until(times.AsSpan(0, count), ref gpus);
        return gpus > 0 ? long.MaxValue : horizon;
    }

    /// <summary>The number of runs expected to end by a time. Sorts those runs.</summary>
    /// <param name="horizon">The ticks until that time.</param>
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
