using Jobtree.Silo.Clocks;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Silo.Tests.Clocks;

public sealed class LedgerClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider real = new(Start);
    private readonly LedgerClock clock;
    private TimeSpan step;

    public LedgerClockTests() => clock = new LedgerClock(real, () => real.GetUtcNow() + step);

    [Theory]
    [InlineData(-300)]
    [InlineData(-5)]
    [InlineData(5)]
    [InlineData(3 * 86_400)]
    public void A_step_is_told_and_not_followed_until_the_clocks_agree(int seconds)
    {
        step = TimeSpan.FromSeconds(seconds);
        Go(60);
        Assert.Equal(Start.AddSeconds(60), clock.GetUtcNow());
        Assert.Contains(seconds < 0 ? "behind" : "ahead", clock.Disagreement, StringComparison.Ordinal);
        step = TimeSpan.Zero;
        Go(1);
        Assert.Null(clock.Disagreement);
        Assert.Equal(Start.AddSeconds(61), clock.GetUtcNow());
    }

    [Theory]
    [InlineData(-4)]
    [InlineData(4)]
    public void A_small_difference_is_made_good_little_by_little_and_never_backwards(int seconds)
    {
        step = TimeSpan.FromSeconds(seconds);
        var before = clock.GetUtcNow();
        for (var tick = 0; tick < 1000; tick++)
        {
            real.Advance(TimeSpan.FromMilliseconds(100));
            if (tick % 10 == 0)
                clock.Look();
            var now = clock.GetUtcNow();
            Assert.InRange((now - before).TotalMilliseconds, 94, 106);
            before = now;
        }

        Assert.Null(clock.Disagreement);
        Assert.Equal(real.GetUtcNow() + step, before);
    }

    [Fact]
    public void A_look_that_comes_late_corrects_no_more_than_one_that_comes_in_time()
    {
        step = TimeSpan.FromSeconds(-1);
        clock.Look();
        real.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Start.AddHours(1) - LedgerClock.CorrectionMax, clock.GetUtcNow());
    }

    [Fact]
    public void A_wall_clock_that_a_start_finds_behind_is_waited_for_and_the_time_never_stands_still()
    {
        var last = Start.AddSeconds(60);
        clock.Continue(last, TimeSpan.FromDays(31));
        Assert.Equal(last, clock.GetUtcNow());
        Assert.Contains("0.00:01:00 behind", clock.BeganBecause, StringComparison.Ordinal);
        for (var second = 1; second <= 1000; second++)
        {
            Go(1);
            Assert.Null(clock.Disagreement);
            Assert.Equal(last.AddMilliseconds(950 * second), clock.GetUtcNow());
        }
        Go(300);
        Assert.Equal(real.GetUtcNow(), clock.GetUtcNow());
        // It is no excuse for a step later.
        step = TimeSpan.FromSeconds(-60);
        Go(1);
        Assert.Contains("behind", clock.Disagreement, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wall_clock_that_a_start_finds_seconds_behind_is_nothing_to_tell()
    {
        clock.Continue(Start.AddSeconds(4), TimeSpan.FromDays(31));
        Assert.Equal(Start.AddSeconds(4), clock.GetUtcNow());
        Assert.Null(clock.BeganBecause);
        Assert.Null(clock.Disagreement);
    }

    [Fact]
    public void A_wall_clock_that_was_behind_at_the_start_and_is_put_right_is_followed_at_once()
    {
        clock.Continue(Start.AddSeconds(60), TimeSpan.FromDays(31));
        Go(10);
        step = TimeSpan.FromSeconds(60);
        Go(20);
        Assert.Null(clock.Disagreement);
        Assert.Equal(real.GetUtcNow() + step, clock.GetUtcNow());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void After_a_stop_the_time_is_the_wall_clocks(int days)
    {
        clock.Continue(Start.AddDays(-days), TimeSpan.FromDays(31));
        Assert.Equal(Start, clock.GetUtcNow());
        Assert.Null(clock.BeganBecause);
        Assert.Null(clock.Disagreement);
    }

    [Fact]
    public void A_wall_clock_that_a_start_finds_years_ahead_is_told_and_not_followed()
    {
        var last = Start.AddDays(-14_600);
        clock.Continue(last, TimeSpan.FromDays(31));
        Go(60);
        Assert.Equal(last.AddSeconds(60), clock.GetUtcNow());
        Assert.Contains("more --clock-ahead-max-days", clock.Disagreement, StringComparison.Ordinal);
        step = TimeSpan.FromDays(-14_600);
        Go(1);
        Assert.Null(clock.Disagreement);
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(300)]
    [InlineData(40 * 365 * 86_400)]
    public void A_clock_that_all_share_is_followed_whatever_the_wall_clock_says(int seconds)
    {
        step = TimeSpan.FromSeconds(seconds);
        clock.Follow(Start);
        Go(1000);
        Assert.Equal(real.GetUtcNow(), clock.GetUtcNow());
        Assert.Null(clock.Disagreement);
        Assert.Contains(seconds < 0 ? "behind" : "ahead of", clock.BeganBecause, StringComparison.Ordinal);
        step += TimeSpan.FromSeconds(60);
        Go(1);
        Assert.Contains("0.00:01:00 ahead of", clock.Disagreement, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-300)]
    [InlineData(300)]
    public void A_wall_clock_that_was_wrong_at_the_start_and_is_put_right_agrees_with_the_shared_one(int seconds)
    {
        step = TimeSpan.FromSeconds(seconds);
        clock.Follow(Start);
        Go(10);
        step = TimeSpan.Zero;
        Go(1);
        Assert.Null(clock.Disagreement);
        Assert.Equal(real.GetUtcNow(), clock.GetUtcNow());
        // What it was wrong by is no measure any more.
        step = TimeSpan.FromSeconds(seconds);
        Go(1);
        Assert.NotNull(clock.Disagreement);
    }

    [Theory]
    [InlineData(-20)]
    [InlineData(20)]
    public void A_wall_clock_that_is_put_right_before_the_start_has_looked_leaves_nothing_behind(int seconds)
    {
        step = TimeSpan.FromSeconds(seconds);
        var followed = new LedgerClock(real, () => real.GetUtcNow() + step);
        var continued = new LedgerClock(real, () => real.GetUtcNow() + step);
        step = TimeSpan.Zero;
        followed.Follow(Start);
        continued.Continue(Start.AddDays(-1), TimeSpan.FromDays(31));
        Assert.Equal((Start, Start), (followed.GetUtcNow(), continued.GetUtcNow()));
    }

    private void Go(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            real.Advance(LedgerClock.LookEvery);
            clock.Look();
        }
    }
}
