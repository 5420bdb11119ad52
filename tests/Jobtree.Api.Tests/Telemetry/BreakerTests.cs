using Jobtree.Telemetry;

namespace Jobtree.Api.Tests.Telemetry;

public sealed class BreakerTests
{
    private readonly Breaker breaker = new("redis");

    [Fact]
    public void Three_failures_in_a_row_open_it_once_and_only_a_success_closes_it()
    {
        Assert.False(breaker.Fail() || breaker.Fail());
        Assert.False(breaker.Succeed());
        Assert.False(breaker.Fail() || breaker.Fail());
        Assert.False(breaker.IsOpen);
        Assert.True(breaker.Fail());
        for (var more = 0; more < 10; more++)
            Assert.False(breaker.Fail());
        Assert.Equal((true, 1), (breaker.IsOpen, breaker.Openings));
        Assert.True(breaker.Succeed());
        Assert.False(breaker.Succeed());
        Assert.Equal((false, 1), (breaker.IsOpen, breaker.Openings));
    }

    [Fact]
    public void A_failure_that_nothing_can_mend_opens_it_at_once()
    {
        breaker.Fail();
        Assert.True(breaker.Trip());
        Assert.False(breaker.Trip() || breaker.Fail());
        Assert.Equal((true, 1), (breaker.IsOpen, breaker.Openings));
    }

    [Fact]
    public void However_many_fail_at_the_same_time_it_opens_once()
    {
        var opened = 0;
        Parallel.For(0, 10_000, _ =>
        {
            if (breaker.Fail())
                Interlocked.Increment(ref opened);
        });
        Assert.Equal((1, 1), (opened, breaker.Openings));
    }
}
