using FsCheck;
using FsCheck.Fluent;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Baselines;

public sealed class BaselineProperties
{
    private const int Gpus = 12;

    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(100);

    private static readonly Arbitrary<DurationKnowledge> Knowledge = Gen.Elements(Enum.GetValues<DurationKnowledge>())
        .ToArbitrary();

    [Fact]
    public void No_baseline_exceeds_the_fleet_or_cuts_or_stretches_a_job() =>
        Check.One(Runs, Prop.ForAll(RandomTraces.OfUsersUpTo(Gpus), Knowledge, (trace, knowledge) =>
    {
        foreach (var baseline in BaselineScheduler.All)
        {
            var outcome = baseline.Run(trace, TinyTrace.Fleet(Gpus) with { Estimates = knowledge }, Silent.Progress);
            Invariants.Check(trace, Gpus, outcome);
            Assert.All(outcome.Jobs, job => Assert.Equal(0, job.Cuts));
            Assert.All(outcome.Jobs.Zip(trace.Jobs), pair =>
                Assert.True(pair.First.Ran || pair.Second.Gpus > Gpus || baseline.Name == "Static partition"));
        }
    }));

    [Fact]
    public void Fcfs_starts_in_order_of_arrival() => Check.One(Runs, Prop.ForAll(RandomTraces.UpTo(Gpus), trace =>
    {
        var starts = BaselineScheduler.All[1].Run(trace, TinyTrace.Fleet(Gpus), Silent.Progress).Jobs.Where(
            job => job.Ran).Select(job => job.Start).ToList();
        Assert.Equal(starts.Order(), starts);
    }));

    [Fact]
    public void Static_partition_keeps_the_order_and_the_walls_of_each_cluster() =>
        Check.One(Runs, Prop.ForAll(RandomTraces.UpTo(Gpus), trace =>
    {
        var widths = LargestRemainder.Split(Gpus, trace.GpuHoursByCluster());
        var whole = BaselineScheduler.All[2].Run(trace, TinyTrace.Fleet(Gpus), Silent.Progress);
        for (var cluster = 0; cluster < trace.Clusters.Length; cluster++)
        {
            // What a cluster gets is what it would get alone on a fleet of its own width.
            var own = Enumerable.Range(0, trace.Jobs.Length).Where(job => trace.ClusterOf[job] == cluster).ToList();
            var offset = trace.Jobs[own[0]].Submit;
            var alone = BaselineScheduler.All[1].Run(
                new JobTrace("alone", own.Select(job => trace.Jobs[job])), TinyTrace.Fleet(widths[cluster]),
                    Silent.Progress);
            Assert.Equal(
                alone.Jobs.Select(job => job.Ran ? job.Start + offset : (TimeSpan?)null),
                own.Select(job => whole.Jobs[job].Ran ? whole.Jobs[job].Start : (TimeSpan?)null));
        }
    }));

    [Fact]
    public void Easy_with_exact_durations_keeps_what_it_promised_the_head() =>
        Check.One(Runs, Prop.ForAll(RandomTraces.UpTo(Gpus), trace =>
    {
        EasyBackfill? easy = null;
        var scheduler = new BaselineScheduler(
            "EASY", (jobs, options) => easy = new EasyBackfill(jobs, options.FleetGpus, new ExactEstimates(jobs)));
        var outcome = scheduler.Run(trace, TinyTrace.Fleet(Gpus), Silent.Progress);
        Assert.All(easy!.Promises, promise => Assert.True(outcome.Jobs[promise.Key].Start <= promise.Value));
    }));

    [Fact]
    public void Easy_never_leaves_a_job_waiting_that_the_rules_allow_to_start() =>
        Check.One(Runs, Prop.ForAll(RandomTraces.UpTo(Gpus), trace =>
    {
        var jobs = BaselineScheduler.All[0].Run(trace, TinyTrace.Fleet(Gpus), Silent.Progress).Jobs;
        var instants = jobs.Where(job => job.Ran).SelectMany(job => (TimeSpan[])[job.Start, job.End]).Distinct();
        Assert.All(instants, at =>
        {
            var head = Enumerable.Range(0, jobs.Length).FirstOrDefault(
                job => jobs[job].Ran && trace.Jobs[job].Submit <= at && jobs[job].Start > at, -1);
            var free = Gpus - Enumerable.Range(0, jobs.Length).Where(
                job => jobs[job].Ran && jobs[job].Start <= at && at < jobs[job].End).Sum(job => trace.Jobs[job].Gpus);
            Assert.True(head < 0 || trace.Jobs[head].Gpus > free, "The head of the queue waits although it fits.");
        });
    }));

    [Fact]
    public void The_rolling_median_is_the_median_of_the_window() => Check.One(Runs, Prop.ForAll(
        Gen.Choose(1, 1_000).NonEmptyListOf().ToArbitrary(),
        minutes =>
        {
            var median = new RollingMedian(8);
            foreach (var one in minutes)
                median.Add(TimeSpan.FromMinutes(one));
            var last = minutes.TakeLast(8).Order().ToArray();
            var expected = (last[(last.Length - 1) / 2] + last[last.Length / 2]) / 2.0;
            Assert.Equal(expected, median.Median!.Value.TotalMinutes, 6);
        }));
}
