using System.Collections.Immutable;
using System.Diagnostics;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// Runs a trace through a queue policy, event by event. At each instant, jobs end, then jobs arrive, then the policy
/// starts what it can. Baselines count GPUs and do not place jobs: a job may use any free GPUs across nodes. No job is
/// ever cut.
/// </summary>
/// <param name="name">The name of the baseline in tables and plots.</param>
/// <param name="policy">Creates the policy for a trace and its options.</param>
internal sealed class BaselineScheduler(string name, Func<JobTrace, ReplayOptions, IQueuePolicy> policy)
    : IReplayScheduler
{
    private const int ProgressEvery = 1_000;

    /// <summary>The baselines: EASY backfill, first come first served, static partition, response ratio.</summary>
    public static ImmutableArray<IReplayScheduler> All { get; } =
    [
        new BaselineScheduler("EASY backfill", (trace, options) =>
            new EasyBackfill(trace, options.FleetGpus, DurationEstimates.For(trace, options))),
        new BaselineScheduler("FCFS", (trace, options) => new FirstComeFirstServed(trace, options.FleetGpus)),
        new BaselineScheduler("Static partition", (trace, options) => new StaticPartition(trace, options.FleetGpus)),
        new BaselineScheduler("Response ratio", (trace, options) => new ResponseRatio(trace, options)),
    ];

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ReplayOutcome Run(JobTrace trace, ReplayOptions options, IProgress<double> progress)
    {
        var watch = Stopwatch.StartNew();
        var outcomes = Play(trace, policy(trace, options), progress);
        return new ReplayOutcome
        {
            Scheduler = name,
            Jobs = outcomes,
            Decisions = outcomes.Count(outcome => outcome.Ran),
            Elapsed = watch.Elapsed,
        };
    }

    private static ImmutableArray<JobOutcome> Play(JobTrace trace, IQueuePolicy queue, IProgress<double> progress)
    {
        var outcomes = new JobOutcome[trace.Jobs.Length];
        var ends = new PriorityQueue<int, (TimeSpan End, int Job)>();
        var starts = new List<int>();
        var arrived = 0;
        var ended = 0;
        while (arrived < outcomes.Length || ends.Count > 0)
        {
            var now = Next(trace, arrived, ends);
            for (; ends.TryPeek(out var job, out var due) && due.End == now; ended++)
            {
                ends.Dequeue();
                queue.Finish(job);
                if (ended % ProgressEvery == 0)
                    progress.Report((double)ended / outcomes.Length);
            }

            for (; arrived < outcomes.Length && trace.Jobs[arrived].Submit == now; arrived++)
            {
                if (!queue.Submit(arrived))
                    outcomes[arrived] = JobOutcome.Refused;
            }

            starts.Clear();
            queue.Schedule(now, starts);
            foreach (var job in starts)
            {
                var end = now + trace.Jobs[job].Duration;
                outcomes[job] = new JobOutcome { Segments = [new RunSegment(now, end)] };
                ends.Enqueue(job, (end, job));
            }
        }

        progress.Report(1);
        return Array.Exists(outcomes, outcome => outcome is null)
            ? throw new InvalidOperationException("A queue policy left a job waiting on an idle fleet.")
            : [.. outcomes];
    }

    private static TimeSpan Next(JobTrace trace, int arrived, PriorityQueue<int, (TimeSpan End, int Job)> ends)
    {
        var arrival = arrived < trace.Jobs.Length ? trace.Jobs[arrived].Submit : TimeSpan.MaxValue;
        return ends.TryPeek(out _, out var due) && due.End < arrival ? due.End : arrival;
    }
}
