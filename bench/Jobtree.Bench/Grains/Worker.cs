using System.Diagnostics;
using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Grains;

/// <summary>
/// Submits one run after the other, each when the answer to the one before is there, and completes what makes the fleet
/// too full.
/// </summary>
internal sealed class Worker(IFleet fleet, Func<Task> whenDurable, RunMix mix, RunPool pool)
{
    private long operations;

    /// <summary>From the call to the answer, of the last time it ran.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Runs that did not fit at once; they were cancelled, and are not counted.</summary>
    public long Waited { get; private set; }

    public async Task Fill()
    {
        while (!pool.IsFull)
            await Submit();
    }

    /// <summary>Works for a time.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="pause">The time from when one submission is due to when the next is, if less than the most is asked
    /// for: then an answer's latency counts from when it was due.</param>
    /// <param name="first">When the first one is due.</param>
    public async Task Run(TimeSpan duration, TimeSpan pause, TimeSpan first)
    {
        Latencies.Clear();
        Waited = 0;
        var began = Stopwatch.GetTimestamp();
        var due = first;
        while (Stopwatch.GetElapsedTime(began) is var now && now < duration)
        {
            if (pause > TimeSpan.Zero && due > now)
                await Task.Delay(due - now);
            var submitted = pause > TimeSpan.Zero
                ? began + (long)(due.TotalSeconds * Stopwatch.Frequency)
                : Stopwatch.GetTimestamp();
            due += pause;
            if (await Submit())
                Latencies.AddSince(submitted);
            while (pool.TakeSome() is { } run)
                await fleet.Run(run).Complete(new CompletionReport(true, null, Operation()));
        }
    }

    private async ValueTask<bool> Submit()
    {
        var (key, owner, spec) = mix.Next();
        pool.Promise(spec.Resources.TotalGPUs);
        var answer = await fleet.Run(key).Submit(new Submission(spec, owner, null, Operation()));
        if (!answer.Succeeded(out var run, out var problem))
            throw new InvalidOperationException($"{key} was refused: {problem.Detail}");
        await whenDurable();
        if (run.Phase == RunPhase.Running)
        {
            pool.Add(key, spec.Resources.TotalGPUs);
            return true;
        }
        Waited++;
        pool.Withdraw(spec.Resources.TotalGPUs);
        await fleet.Run(key).Cancel(Operation());
        return false;
    }

    private string Operation() => (operations++).ToString(CultureInfo.InvariantCulture);
}
