using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests;

/// <summary>Traces small enough to follow by hand: one letter per job, times in minutes.</summary>
internal static class TinyTrace
{
    public static JobTrace Of(params (int Submit, int Gpus, int Duration)[] jobs) =>
        new("tiny", jobs.Select((job, index) => Job(index, "vc", job.Submit, job.Gpus, job.Duration)));

    public static JobTrace Of(params (string Cluster, int Submit, int Gpus, int Duration)[] jobs) =>
        new("tiny", jobs.Select((job, index) => Job(index, job.Cluster, job.Submit, job.Gpus, job.Duration)));

    /// <summary>Jobs of users, written as <c>cluster/user</c>.</summary>
    public static JobTrace OfUsers(params (string Owner, int Submit, int Gpus, int Duration)[] jobs) =>
        new("tiny", jobs.Select((job, index) =>
            Job(index, job.Owner.Split('/')[0], job.Submit, job.Gpus, job.Duration) with
            {
                User = job.Owner.Split('/')[1],
            }));

    public static ReplayOptions Fleet(int gpus) =>
        new() { Nodes = gpus, GpusPerNode = 1, Estimates = DurationKnowledge.Exact };

    /// <summary>Each job's start in minutes; -1 where it was refused.</summary>
    public static IEnumerable<int> Starts(ReplayOutcome outcome) =>
        outcome.Jobs.Select(job => job.Ran ? (int)job.Start.TotalMinutes : -1);

    private static TraceJob Job(int index, string cluster, int submit, int gpus, int duration) => new(
        ((char)('A' + (index % 26))).ToString() + index, cluster, gpus, TimeSpan.FromMinutes(submit),
            TimeSpan.FromMinutes(duration), index % 3 == 2);
}
