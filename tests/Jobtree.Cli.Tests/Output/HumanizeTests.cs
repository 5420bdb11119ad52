using Jobtree.Cli.Output;

namespace Jobtree.Cli.Tests.Output;

public sealed class HumanizeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(60, "1m")]
    [InlineData(200, "3m20s")]
    [InlineData(600, "10m")]
    [InlineData(3599, "59m")]
    [InlineData(3600, "1h")]
    [InlineData(11100, "3h5m")]
    [InlineData(36000, "10h")]
    [InlineData(86400, "1d")]
    [InlineData(97200, "1d3h")]
    [InlineData(864000, "10d")]
    [InlineData(-90, "-1m30s")]
    [InlineData(315576000000, "3652500d")]
    public void A_span_has_its_one_or_two_largest_units(double seconds, string text) =>
        Assert.Equal(text, Humanize.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(720, "in 12m")]
    [InlineData(-10800, "3h ago")]
    [InlineData(0.4, "now")]
    public void An_instant_is_seen_from_now(double seconds, string text) =>
        Assert.Equal(text, Humanize.When(Now.AddSeconds(seconds), Now));

    [Fact]
    public void An_age_is_never_negative() => Assert.Equal("0s", Humanize.Age(Now.AddHours(1), Now));

    [Fact]
    public void A_clock_is_local_and_has_a_date_when_it_is_far()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("two", TimeSpan.FromHours(2), "two", "two");
        Assert.Equal("14:30", Humanize.Clock(Now.AddMinutes(30), Now, zone));
        Assert.Equal("2026-03-04 14:00", Humanize.Clock(Now.AddDays(2), Now, zone));
    }
}
