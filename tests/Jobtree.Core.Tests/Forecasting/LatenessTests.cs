using Jobtree.Core.Forecasting;

namespace Jobtree.Core.Tests.Forecasting;

public sealed class LatenessTests
{
    [Fact]
    public void A_start_is_counted_under_the_first_bound_that_it_does_not_exceed()
    {
        var lateness = new Lateness();
        foreach (var seconds in new[] { -1e9, -60, 0, 0.5, 60, 1e9 })
            lateness.Add(TimeSpan.FromSeconds(seconds));
        var counts = lateness.Take().Counts;
        Assert.Equal(Lateness.BoundsSeconds.Count + 1, counts.Count);
        Assert.Equal(1, counts[0]);
        Assert.Equal(1, counts[At(-60)]);
        Assert.Equal(1, counts[At(0)]);
        Assert.Equal(2, counts[At(60)]);
        Assert.Equal(1, counts[^1]);
        Assert.Equal(0.5, lateness.Take().SumSeconds);
    }

    [Fact]
    public void What_was_taken_comes_back_the_same_and_counts_of_other_bounds_do_not()
    {
        var (lateness, again) = (new Lateness(), new Lateness());
        lateness.Add(TimeSpan.FromMinutes(7));
        var taken = lateness.Take();
        again.Import(taken);
        lateness.Add(TimeSpan.Zero);
        again.Add(TimeSpan.Zero);
        Assert.Equal(lateness.Take().Counts, again.Take().Counts);
        Assert.Equal(lateness.Take().SumSeconds, again.Take().SumSeconds);
        Assert.Equal(1, taken.Counts.Sum());
        var empty = new Lateness();
        empty.Import(null);
        empty.Import(new LatenessCounts([1, 2], 3));
        Assert.Equal(0, empty.Take().Counts.Sum());
    }

    private static int At(double bound) => Lateness.BoundsSeconds.ToList().IndexOf(bound);
}
