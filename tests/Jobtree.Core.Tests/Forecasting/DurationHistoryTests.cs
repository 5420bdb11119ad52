using Jobtree.Core.Forecasting;

namespace Jobtree.Core.Tests.Forecasting;

public sealed class DurationHistoryTests
{
    [Fact]
    public void An_owner_is_judged_by_its_own_past_then_by_everybodys_then_by_a_guess()
    {
        var history = new DurationHistory();
        Assert.Equal(DurationHistory.Unknown, history.Median("a"));
        foreach (var minutes in new[] { 5, 1, 3 })
            history.Add("a", TimeSpan.FromMinutes(minutes));
        Assert.Equal(TimeSpan.FromMinutes(3), history.Median("a"));
        Assert.Equal(TimeSpan.FromMinutes(3), history.Median("b"));
        Assert.Equal(TimeSpan.FromMinutes(3), history.Mean());
        history.Add("b", TimeSpan.FromMinutes(9));
        Assert.Equal(TimeSpan.FromMinutes(9), history.Median("b"));
    }

    [Fact]
    public void Only_the_last_durations_count_and_export_keeps_them()
    {
        var (history, again) = (new DurationHistory(), new DurationHistory());
        for (var i = 0; i < 3 * DurationHistory.Depth; i++)
            history.Add("a", TimeSpan.FromMinutes(i));
        foreach (var (owner, durations) in history.Export())
            again.Import(owner, durations);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal((history.Median("a"), history.Mean()), (again.Median("a"), again.Mean()));
            history.Add("a", TimeSpan.Zero);
            again.Add("a", TimeSpan.Zero);
        }
        Assert.InRange(again.Median("a"), TimeSpan.FromMinutes(2 * DurationHistory.Depth),
            TimeSpan.FromMinutes(3 * DurationHistory.Depth));
    }
}
