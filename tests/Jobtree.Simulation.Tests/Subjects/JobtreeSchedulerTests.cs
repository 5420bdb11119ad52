using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Subjects;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Subjects;

/// <summary>Outcomes worked out by hand on a fleet of 4 GPUs, and what must hold of the real trace.</summary>
public sealed class JobtreeSchedulerTests
{
    [Fact]
    public void A_reservation_lets_pass_what_ends_before_it_and_no_more()
    {
        var outcome = Run(TinyTrace.Of((0, 3, 10), (1, 4, 10), (2, 1, 5), (3, 1, 20)),
            TinyTrace.Fleet(4) with { Overcommit = 4 });

        Assert.Equal([0, 10, 2, 20], TinyTrace.Starts(outcome));
        Assert.All(outcome.Jobs, job => Assert.Equal(FundingClass.Owned, job.ClassAtStart));
    }

    [Fact]
    public void A_job_that_waits_is_told_when_it_will_start()
    {
        var outcome = Run(TinyTrace.Of((0, 4, 10), (2, 4, 10)), TinyTrace.Fleet(4) with { Overcommit = 4 });

        Assert.Null(outcome.Jobs[0].Forecast);
        Assert.Equal(TimeSpan.FromMinutes(2), outcome.Jobs[1].Forecast!.Value.MadeAt);
        Assert.Equal(TimeSpan.FromMinutes(10), outcome.Jobs[1].Forecast!.Value.Median);
    }

    [Fact]
    public void A_cut_run_starts_from_scratch_and_what_it_did_is_lost()
    {
        // Both clusters have a budget of 2. A runs on its own 2 and the family's 2; B's claim outranks it on the
        // family's, so that A is the one that yields, at 1, and starts anew when B has ended.
        var outcome = Run(TinyTrace.Of(("x", 0, 4, 10), ("y", 1, 2, 20)), TinyTrace.Fleet(4) with { Overcommit = 1 });

        Assert.Equal([Segment(0, 1, lost: 1), Segment(21, 31)], outcome.Jobs[0].Segments.ToArray());
        Assert.Equal([Segment(1, 21)], outcome.Jobs[1].Segments.ToArray());
        var split = outcome.GpuHoursByClass!.Value;
        Assert.Equal(84 / 60d, split.Total(), 6);
        Assert.Equal(22 / 60d, split.Shared, 6);
    }

    [Fact]
    public void A_user_is_paid_by_its_cluster_first_and_yields_to_the_users_of_another_that_it_borrows_from()
    {
        // As above, but the jobs are of users. Each cluster has a budget of 2; A has 2 from x and 2 from y, whose own
        // user outranks it there.
        var outcome = Run(
            TinyTrace.OfUsers(("x/u", 0, 4, 10), ("y/u", 1, 2, 20)), TinyTrace.Fleet(4) with { Overcommit = 1 });

        Assert.Equal([Segment(0, 1, lost: 1), Segment(21, 31)], outcome.Jobs[0].Segments.ToArray());
        Assert.Equal([Segment(1, 21)], outcome.Jobs[1].Segments.ToArray());
        Assert.Equal(84 / 60d, outcome.GpuHoursByClass!.Value.Shared, 6);
    }

    [Fact]
    public void A_stated_duration_is_believed_only_if_durations_are_stated()
    {
        // C states 5 and fits before the reservation of B at 10; told nothing, it is expected to take an hour.
        var trace = TinyTrace.Of((0, 3, 10), (1, 4, 10), (2, 1, 5));
        trace = new JobTrace("tiny", trace.Jobs.Select(job => job with { Stated = job.Duration }));
        var fleet = TinyTrace.Fleet(4) with { Overcommit = 4 };

        Assert.Equal([0, 10, 2],
            TinyTrace.Starts(Run(trace, fleet with { Estimates = DurationKnowledge.Stated })));
        Assert.Equal([0, 10, 20],
            TinyTrace.Starts(Run(trace, fleet with { Estimates = DurationKnowledge.History })));
    }

    [Fact]
    public void Of_what_happens_at_one_instant_ends_come_first()
    {
        var outcome = Run(TinyTrace.Of((0, 4, 10), (10, 4, 10), (20, 4, 10)), TinyTrace.Fleet(4));

        Assert.Equal([0, 10, 20], TinyTrace.Starts(outcome));
        Assert.All(outcome.Jobs, job => Assert.Null(job.Forecast));
    }

    [Fact]
    public void A_job_wider_than_the_fleet_is_refused_and_blocks_nobody()
    {
        var outcome = Run(TinyTrace.Of((0, 5, 10), (0, 4, 10)), TinyTrace.Fleet(4));

        Assert.Equal([-1, 0], TinyTrace.Starts(outcome));
    }

    [Fact]
    public void The_fleet_is_looked_at_in_steps()
    {
        var options = new ReplayOptions { Nodes = 2, GpusPerNode = 4, Estimates = DurationKnowledge.Exact };
        var outcome = Run(TinyTrace.Of((0, 3, 25), (15, 4, 25)), options);

        Assert.Equal([0, 10, 20, 30], outcome.Observations.Select(look => (int)look.At.TotalMinutes));
        Assert.Equal([(5, 1), (5, 1), (1, 1), (4, 0)],
            outcome.Observations.Select(look => (look.IdleGpus, look.StrandedGpus)));
        Assert.Equal([3, 3, 7, 4], outcome.Observations.Select(look => (int)look.GpusByClass!.Value.Total()));
    }

    [Fact]
    public void The_seed_changes_the_ledger()
    {
        var trace = TinyTrace.Of((0, 3, 10), (1, 4, 10));

        var heads = new ulong[] { 1, 1, 2 }.Select(
            seed => Run(trace, TinyTrace.Fleet(4) with { Seed = seed }).LedgerHead).ToList();

        Assert.Equal(heads[0], heads[1]);
        Assert.NotEqual(heads[0], heads[2]);
    }

    [Fact]
    public void The_first_days_of_the_real_trace_keep_every_invariant()
    {
        var trace = PhillyTrace.Read().First(2_000);
        var options = new ReplayOptions { Nodes = 80 };
        var instants = 0;

        var outcome = new JobtreeScheduler(replay =>
        {
            if (++instants % 500 == 0)
                Assert.Empty(StateAudit.Check(replay.State));
        }).Run(trace, options, Silent.Progress);

        Invariants.Check(trace, options.FleetGpus, outcome);
        var figures = ReplayReport.Of(trace, options, [outcome]).Schedulers[0];
        Assert.Equal((2_000, 0, 64), (figures.JobsCompleted, figures.JobsRefused, figures.LedgerHead!.Length));
        var leased = outcome.Jobs.Select(
            (job, index) => trace.Jobs[index].Gpus * job.Segments.Sum(segment => segment.Length.TotalHours)).Sum();
        Assert.Equal(leased, outcome.GpuHoursByClass!.Value.Total(), 3);
    }

    private static ReplayOutcome Run(JobTrace trace, ReplayOptions options)
    {
        var outcome = new JobtreeScheduler(replay => Assert.Empty(StateAudit.Check(replay.State))).Run(
            trace, options, Silent.Progress);
        Invariants.Check(trace, options.FleetGpus, outcome);
        return outcome;
    }

    private static RunSegment Segment(int start, int end, int lost = 0) =>
        new(TimeSpan.FromMinutes(start), TimeSpan.FromMinutes(end), TimeSpan.FromMinutes(lost));
}
