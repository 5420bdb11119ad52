using Jobtree.Api.Observing;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Api.Tests.Telemetry;

public sealed class FlavorFreshnessTests
{
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Flavors_that_are_not_read_for_five_minutes_are_stale()
    {
        var freshness = new FlavorFreshness(time);
        freshness.Read(["A100", "H100"]);
        time.Advance(FiveMinutes);
        Assert.Equal(0, freshness.StaleRatio());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, freshness.StaleRatio());
        freshness.Read(["H100"]);
        Assert.Equal(0, freshness.StaleRatio());
        freshness.Read([]);
        time.Advance(2 * FiveMinutes);
        Assert.Equal(0, freshness.StaleRatio());
    }

    [Fact]
    public void A_fleet_that_never_answered_is_stale_as_well()
    {
        var freshness = new FlavorFreshness(time);
        Assert.Equal(0, freshness.StaleRatio());
        time.Advance(2 * FiveMinutes);
        Assert.Equal(1, freshness.StaleRatio());
    }
}
