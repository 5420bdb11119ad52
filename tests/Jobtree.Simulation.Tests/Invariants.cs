using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests;

/// <summary>What must hold of any outcome without cuts.</summary>
internal static class Invariants
{
    public static void Check(JobTrace trace, int gpus, ReplayOutcome outcome)
    {
        Assert.Equal(trace.Jobs.Length, outcome.Jobs.Length);
        var changes = new SortedDictionary<TimeSpan, int>();
        foreach (var (job, became) in trace.Jobs.Zip(outcome.Jobs).Where(pair => pair.Second.Ran))
        {
            var segment = Assert.Single(became.Segments);
            Assert.True(segment.Start >= job.Submit, $"{job.Id} starts before it arrives.");
            Assert.Equal(job.Duration, segment.Length);
            changes[segment.Start] = changes.GetValueOrDefault(segment.Start) + job.Gpus;
            changes[segment.End] = changes.GetValueOrDefault(segment.End) - job.Gpus;
        }

        var used = 0;
        foreach (var (at, change) in changes)
        {
            used += change;
            Assert.True(used >= 0 && used <= gpus, $"{used} of {gpus} GPUs in use at {at}.");
        }

        Assert.Equal(0, used);
    }
}
