using Jobtree.Silo.Demo;

namespace Jobtree.Silo.Tests.Demo;

/// <summary>The plan of the demo's day: the same for a seed, and with everything in it that dashboards show.</summary>
public sealed class DayPlanTests
{
    [Fact]
    public void One_seed_is_one_plan_and_another_seed_another()
    {
        Assert.Equal(DayPlan.Of(7).Runs, DayPlan.Of(7).Runs);
        Assert.Equal(DayPlan.Of(7).Events, DayPlan.Of(7).Events);
        Assert.NotEqual(DayPlan.Of(7).Runs, DayPlan.Of(8).Runs);
        Assert.NotEqual(DayPlan.Of(7, 1).Runs, DayPlan.Of(7, 2).Runs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(-77)]
    public void A_day_has_failures_cancels_trainings_and_all_teams(int seed)
    {
        var runs = DayPlan.Of(seed).Runs;
        Assert.InRange(runs.Count, 300, 900);
        Assert.InRange(runs.Count(run => run.FailsAt is not null) / (double)runs.Count, 0.04, 0.1);
        Assert.InRange(runs.Count(run => run.CancelledAfter is not null) / (double)runs.Count, 0.01, 0.07);
        Assert.Contains(runs, run => run.Declares is null);
        Assert.Contains(runs, run => run.Spares > 0);
        Assert.Contains(runs, run => run.Team.Sponsor is not null);
        Assert.Equal(["H100-80GB", "A100-40GB", "L4-24GB"], runs.Select(run => run.Team.Flavor).Distinct()
            .OrderByDescending(flavor => flavor[0] == 'H').ThenBy(flavor => flavor, StringComparer.Ordinal));
        Assert.True(runs.Select(run => run.Team.Kind).Distinct().Count() >= 10);
        Assert.All(runs, run => Assert.InRange(run.At, TimeSpan.Zero, DayPlan.Length));
        Assert.All(runs, run => Assert.True(run.Declares is null || run.Declares >= run.Lasts));
    }

    [Fact]
    public void Names_of_runs_are_unique_over_days()
    {
        var keys = Enumerable.Range(1, 12).SelectMany(day => DayPlan.Of(1, day).Runs).Select(run => run.Key).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }
}
