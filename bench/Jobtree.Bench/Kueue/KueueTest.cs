namespace Jobtree.Bench.Kueue;

/// <summary>
/// A performance test of Kueue's scheduler, as facts (kubernetes-sigs/kueue, test/performance/scheduler/configs; the
/// means are those of its periodic runs on 6 CPUs).
/// </summary>
/// <param name="Name">Its name here.</param>
/// <param name="Cohorts">Groups of queues that lend to each other.</param>
/// <param name="QueuesPerCohort">Queues in each, with a quota of <see cref="Quota"/>.</param>
/// <param name="Classes">What each queue creates.</param>
/// <param name="PublishedSeconds">Kueue's published mean wall time.</param>
internal sealed record KueueTest(
    string Name, int Cohorts, int QueuesPerCohort, IReadOnlyList<KueueClass> Classes, double PublishedSeconds)
{
    public const int Quota = 20;

    public static KueueTest Baseline { get; } = new(
        "baseline", 5, 6,
        [
            new("small", 350, 1, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(100), 215),
            new("medium", 100, 5, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500), 76.8),
            new("large", 50, 20, TimeSpan.FromMilliseconds(1000), TimeSpan.FromMilliseconds(1200), 16.5),
        ],
        351);

    public static KueueTest Large { get; } = new(
        "large", 10, 100,
        [
            new("small", 35, 1, TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(60), 700),
            new("medium", 11, 5, TimeSpan.FromMilliseconds(350), TimeSpan.FromMilliseconds(300), 256),
            new("large", 4, 20, TimeSpan.FromMilliseconds(700), TimeSpan.FromMilliseconds(700), 106),
        ],
        1179);

    public int Queues => Cohorts * QueuesPerCohort;

    public int Gpus => Queues * Quota;

    public int Workloads => Queues * Classes.Sum(each => each.Count);

    /// <summary>
    /// No scheduler can be done sooner: the work over the GPUs, or the last creation and its runtime.
    /// </summary>
    public TimeSpan LeastWall => Later(
        Classes.Aggregate(TimeSpan.Zero, (sum, each) => sum + (Queues * each.Count * each.Gpus * each.Runtime)) / Gpus,
        Classes.Max(each => (each.Count * each.Interval) + each.Runtime));

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
