using Jobtree.Silo.Dashboard;

namespace Jobtree.Silo.Tests.Dashboard;

public sealed class DashboardSessionsTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void A_session_lasts_its_time_and_no_longer()
    {
        var sessions = new DashboardSessions(time);
        var key = sessions.Begin();
        Assert.True(sessions.Has(key));
        time.Advance(DashboardSessions.Lifetime - TimeSpan.FromSeconds(1));
        Assert.True(sessions.Has(key));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(sessions.Has(key));
    }

    [Fact]
    public void Sessions_are_bounded_and_the_oldest_goes_first()
    {
        var sessions = new DashboardSessions(time);
        var keys = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            keys.Add(sessions.Begin());
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(256, keys.Count(sessions.Has));
        Assert.False(sessions.Has(keys[0]));
        Assert.True(sessions.Has(keys[^1]));
    }

    [Fact]
    public void A_session_ends_with_the_token_that_it_began_with()
    {
        var sessions = new DashboardSessions(time);
        var key = sessions.Begin(time.GetUtcNow() + TimeSpan.FromMinutes(10));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(sessions.Has(key));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(sessions.Has(key));
    }

    [Fact]
    public void Other_tokens_end_all_sessions()
    {
        var sessions = new DashboardSessions(time);
        var key = sessions.Begin();
        sessions.End();
        Assert.False(sessions.Has(key));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_key_opens_nothing(string? key)
    {
        var sessions = new DashboardSessions(time);
        sessions.Begin();
        Assert.False(sessions.Has(key));
    }
}
