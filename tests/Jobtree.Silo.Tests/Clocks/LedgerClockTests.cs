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

    private void Go(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            real.Advance(LedgerClock.LookEvery);
            clock.Look();
        }
    }
}
