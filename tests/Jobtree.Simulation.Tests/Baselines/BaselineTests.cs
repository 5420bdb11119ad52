using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Baselines;

/// <summary>Outcomes worked out by hand on a fleet of 4 GPUs.</summary>
public sealed class BaselineTests
{
    private const int Easy = 0;
    private const int Fcfs = 1;
    private const int Static = 2;
    private const int Ratio = 3;

    /// <summary>
    /// A holds 3 until 10. B wants 4 and must wait for A. C (1 for 5) fits beside A and ends before 10; D (1 for 20)
    /// does not.
    /// </summary>
    private static readonly JobTrace Blocked = TinyTrace.Of((0, 3, 10), (1, 4, 10), (2, 1, 5), (3, 1, 20));

    [Fact]
    public void Fcfs_lets_nothing_pass_the_head() => Assert.Equal([0, 10, 20, 20], Starts(Fcfs, Blocked));

    [Fact]
    public void Easy_backfills_what_ends_before_the_reservation_and_no_more() =>
        Assert.Equal([0, 10, 2, 20], Starts(Easy, Blocked));

    [Fact]
    public void Easy_lets_a_long_job_use_what_the_head_will_leave_free()
    {
        // The head B wants 3 of the 4 that are free at 10, so one GPU is extra: C outlasts the reservation on it, D
        // finds none left.
        var trace = TinyTrace.Of((0, 2, 10), (1, 3, 10), (2, 1, 100), (3, 1, 100));

        Assert.Equal([0, 10, 2, 20], Starts(Easy, trace));
    }

    [Fact]
    public void Easy_ends_that_fall_together_count_together()
    {
        // At 10 both A and B end: 4 are free, the head C takes 2, and D may outlast it on the other 2, one of which is
        // free now.
        var trace = TinyTrace.Of((0, 2, 10), (0, 1, 10), (1, 2, 10), (2, 1, 50));

        Assert.Equal([0, 0, 10, 2], Starts(Easy, trace));
    }

    [Fact]
    public void Easy_doubles_an_estimate_that_ran_out()
    {
        // Nothing is known, so all are taken for 60, though A really runs 200. At 61 A is overdue and taken for 120,
        // which C (61 + 60) would outlast. At 150 A is overdue again and taken for 240: C passes, and D takes its place
        // at 160.
        var trace = TinyTrace.Of((0, 3, 200), (1, 4, 10), (61, 1, 10), (150, 1, 5));
        var options = TinyTrace.Fleet(4) with { Estimates = DurationKnowledge.None };

        Assert.Equal([0, 200, 150, 160],
            TinyTrace.Starts(BaselineScheduler.All[Easy].Run(trace, options, Silent.Progress)));
    }

    [Fact]
    public void Easy_learns_durations_from_what_ended()
    {
        // The first job ran 20, so from then on all are expected to: B until 40. D (23 + 20) would outlast that, and
        // waits for the head C. Told the truth (B until 50, D until 28), the same scheduler lets D pass.
        var known = TinyTrace.Of((0, 4, 20), (20, 3, 30), (21, 4, 10), (23, 1, 5));
        var learnt = BaselineScheduler.All[Easy].Run(
            known, TinyTrace.Fleet(4) with { Estimates = DurationKnowledge.History }, Silent.Progress);
        var exact = BaselineScheduler.All[Easy].Run(known, TinyTrace.Fleet(4), Silent.Progress);

        Assert.Equal([0, 20, 50, 60], TinyTrace.Starts(learnt));
        Assert.Equal([0, 20, 50, 23], TinyTrace.Starts(exact));
    }

    [Fact]
    public void Static_partition_splits_by_gpu_time_and_builds_walls()
    {
        // x uses 300 GPU-minutes and y 100, so x has 3 GPUs and y 1. y's second job waits for y's first although x is
        // idle from 100 on.
        var trace = TinyTrace.Of(("x", 0, 3, 100), ("y", 0, 1, 90), ("y", 1, 1, 10));

        Assert.Equal([0, 0, 90], Starts(Static, trace));
    }

    [Fact]
    public void Response_ratio_starts_what_is_short_for_its_wait()
    {
        // At 10 B has waited 9 of 20, C 8 of 5: C has the greater ratio. B and D follow, by then 14/20 and 12/20.
        var trace = TinyTrace.Of((0, 4, 10), (1, 4, 20), (2, 4, 5), (3, 4, 20));

        Assert.Equal([0, 15, 10, 35], Starts(Ratio, trace));
    }

    [Fact]
    public void Response_ratio_lets_a_wide_job_be_overtaken_for_twelve_hours()
    {
        // A holds one GPU until 1,500, so that C, which wants all, cannot start before. At 400 it has waited 390, and D
        // passes. At 800 it has waited longer than 720: F, whose ratio of 10/1 is above its 790/100, passes still, but
        // E with 760/400 does not.
        var trace = TinyTrace.Of(
            (0, 1, 1_500), (0, 3, 400), (10, 4, 100), (20, 3, 400), (40, 3, 400), (790, 3, 1));

        Assert.Equal([0, 0, 1_500, 400, 1_600, 800], Starts(Ratio, trace));
    }

    [Fact]
    public void Response_ratio_expects_the_mean_of_what_the_owner_took_at_that_width()
    {
        // u ran 10 and 30 on one GPU and 100 on two, v ran 50: so u is expected to take 20 on one GPU, 100 on two, and
        // their mean on three; v takes 50 on any width. All arrive together and run alone.
        var trace = TinyTrace.OfUsers(
            ("x/u", 0, 1, 10), ("x/u", 0, 1, 30), ("x/u", 0, 2, 100), ("y/v", 100, 4, 50), ("x/w", 110, 4, 5),
            ("x/u", 110, 2, 5), ("x/u", 110, 1, 5), ("y/v", 110, 3, 5));
        var outcome = BaselineScheduler.All[Ratio].Run(
            trace, TinyTrace.Fleet(4) with { Estimates = DurationKnowledge.History }, Silent.Progress);

        // At 150 the expected durations are: w 47.5, the mean of all that ended; u 100 and 20; v 50. So u's job of one
        // GPU starts, beside it v's of three; then w and then u's of two, which w's leaves no room for.
        Assert.Equal([0, 0, 0, 100, 155, 160, 150, 150], TinyTrace.Starts(outcome));
    }

    [Fact]
    public void A_job_that_can_never_run_is_refused_and_blocks_nobody()
    {
        var trace = TinyTrace.Of(("x", 0, 5, 10), ("x", 0, 1, 10), ("y", 0, 1, 10), ("y", 0, 2, 5));

        Assert.Equal([-1, 0, 0, 0], Starts(Easy, trace));
        Assert.Equal([-1, 0, 0, 0], Starts(Fcfs, trace));
        Assert.Equal([-1, 0, 0, 0], Starts(Ratio, trace));

        // x has 60 of 80 GPU-minutes and so 3 GPUs; y has 1, and its job of 2 never fits.
        Assert.Equal([-1, 0, 0, -1], Starts(Static, trace));
    }

    [Fact]
    public void What_ends_frees_its_gpus_for_what_arrives_at_the_same_instant()
    {
        foreach (var baseline in BaselineScheduler.All)
            Assert.Equal([0, 10], TinyTrace.Starts(
                baseline.Run(TinyTrace.Of((0, 4, 10), (10, 4, 10)), TinyTrace.Fleet(4), Silent.Progress)));
    }

    [Fact]
    public void Progress_only_grows_and_ends_at_one()
    {
        var told = new List<double>();
        var trace = TinyTrace.Of([.. Enumerable.Range(0, 5_000).Select(index => (index, 1, 3))]);

        BaselineScheduler.All[Fcfs].Run(trace, TinyTrace.Fleet(4), new Recorder(told));

        Assert.Equal(told.Order(), told);
        Assert.Equal(1, told[^1]);
    }

    private static IEnumerable<int> Starts(int baseline, JobTrace trace) =>
        TinyTrace.Starts(BaselineScheduler.All[baseline].Run(trace, TinyTrace.Fleet(4), Silent.Progress));

    private sealed class Recorder(List<double> told) : IProgress<double>
    {
        public void Report(double value) => told.Add(value);
    }
}
