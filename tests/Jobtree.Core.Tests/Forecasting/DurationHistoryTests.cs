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
            history.Add("a", 8, TimeSpan.FromMinutes(minutes));
        Assert.Equal(TimeSpan.FromMinutes(3), history.Median("a"));
        Assert.Equal(TimeSpan.FromMinutes(3), history.Median("b"));
        Assert.Equal(TimeSpan.FromMinutes(3), history.Mean());
        history.Add("b", 8, TimeSpan.FromMinutes(9));
        Assert.Equal(TimeSpan.FromMinutes(9), history.Median("b"));
    }

    [Fact]
    public void Only_the_last_durations_count_and_export_keeps_them()
    {
        var (history, again) = (new DurationHistory(), new DurationHistory());
        for (var i = 0; i < 3 * DurationHistory.Depth; i++)
            history.Add("a", 8, TimeSpan.FromMinutes(i), TimeSpan.FromMinutes(1 + (i % 7)));
        foreach (var (owner, width, durations) in history.Export())
            again.Import(owner, width, durations);
        foreach (var (owner, perSecond) in history.ExportStatements())
            again.ImportStatements(owner, perSecond);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal((history.Median("a"), history.Mean(), history.Mean("a", 8), history.Mean("a", 1)),
                (again.Median("a"), again.Mean(), again.Mean("a", 8), again.Mean("a", 1)));
            Assert.Equal(history.FactorOf("a"), again.FactorOf("a"));
            history.Add("a", 8, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            again.Add("a", 8, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
        Assert.InRange(again.Median("a"), TimeSpan.FromMinutes(2 * DurationHistory.Depth),
            TimeSpan.FromMinutes(3 * DurationHistory.Depth));
    }

    [Fact]
    public void A_width_is_judged_by_its_own_runs_the_more_there_are_of_them()
    {
        var history = new DurationHistory();
        Assert.Equal(DurationHistory.Unknown, history.Mean("a", 8));
        for (var i = 0; i < 4; i++)
            history.Add("a", 1, TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromMinutes(10), history.Mean("a", 8));
        for (var i = 0; i < 4; i++)
            history.Add("a", 7, TimeSpan.FromMinutes(90));
        // Of all, of the owner 50; of the width 90 for four runs, which weigh as much.
        Assert.Equal(TimeSpan.FromMinutes(70), history.Mean("a", 8));
        Assert.Equal(TimeSpan.FromMinutes(50), history.Mean("b", 8));
        Assert.Equal(TimeSpan.FromMinutes(30), history.Mean("a", 1));
    }
}
