using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests;

/// <summary>
/// What must hold of any outcome: jobs run after they arrive, whole in the end, and never more of them than the fleet
/// has GPUs.
/// </summary>
internal static class Invariants
{
    public static void Check(JobTrace trace, int gpus, ReplayOutcome outcome)
    {
        Assert.Equal(trace.Jobs.Length, outcome.Jobs.Length);
        var changes = new SortedDictionary<TimeSpan, int>();
        foreach (var (job, became) in trace.Jobs.Zip(outcome.Jobs).Where(pair => pair.Second.Ran))
        {
            Assert.Equal((job.Duration, TimeSpan.Zero), (became.Segments[^1].Length, became.Segments[^1].Lost));
            Assert.All(became.Segments.SkipLast(1), cut => Assert.Equal(cut.Length, cut.Lost));
            var from = job.Submit;
            foreach (var segment in became.Segments)
            {
                Assert.True(segment.Start >= from, $"{job.Id} starts before it arrives, or twice at once.");
                changes[segment.Start] = changes.GetValueOrDefault(segment.Start) + job.Gpus;
                changes[segment.End] = changes.GetValueOrDefault(segment.End) - job.Gpus;
                from = segment.End;
            }
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
