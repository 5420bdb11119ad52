using Jobtree.Api.Access;
using Jobtree.Api.SigningIn;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Api.Tests.SigningIn;

public sealed class WebSessionsTests
{
    private const string Cookie = "a-cookie";
    private static readonly Caller Somebody = new("somebody", Role.Viewer, ["*"]);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void A_session_lasts_its_time_and_no_longer()
    {
        var sessions = new WebSessions(time);
        var key = sessions.Begin(Somebody, Cookie);
        Assert.Equal(Somebody.Name, sessions.Find(Cookie, key)?.Name);
        time.Advance(WebSessions.Lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(Somebody.Name, sessions.Find(Cookie, key)?.Name);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(sessions.Find(Cookie, key));
    }

    [Fact]
    public void Sessions_are_bounded_and_the_oldest_goes_first()
    {
        var sessions = new WebSessions(time);
        var keys = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            keys.Add(sessions.Begin(Somebody, Cookie));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(256, keys.Count(key => sessions.Find(Cookie, key) is not null));
        Assert.Null(sessions.Find(Cookie, keys[0]));
        Assert.Equal(Somebody.Name, sessions.Find(Cookie, keys[^1])?.Name);
    }

    [Fact]
    public void A_session_ends_with_the_token_that_it_began_with()
    {
        var sessions = new WebSessions(time);
        var key = sessions.Begin(
            Somebody with { Expires = time.GetUtcNow() + TimeSpan.FromMinutes(10) }, Cookie);
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(Somebody.Name, sessions.Find(Cookie, key)?.Name);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(sessions.Find(Cookie, key));
    }

    [Fact]
    public void Other_tokens_end_all_sessions()
    {
        var sessions = new WebSessions(time);
        var key = sessions.Begin(Somebody, Cookie);
        sessions.End();
        Assert.Null(sessions.Find(Cookie, key));
    }

    [Fact]
    public void A_key_is_worth_nothing_under_the_name_of_another_cookie()
    {
        var sessions = new WebSessions(time);
        Assert.Null(sessions.Find("another-cookie", sessions.Begin(Somebody, Cookie)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_key_opens_nothing(string? key)
    {
        var sessions = new WebSessions(time);
        sessions.Begin(Somebody, Cookie);
        Assert.Null(sessions.Find(Cookie, key));
    }
}
