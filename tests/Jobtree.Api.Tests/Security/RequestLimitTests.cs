using System.Globalization;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Security;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RequestLimitTests : IDisposable
{
    // One request a second comes back: no machine is so slow that this many in a row are all served.
    private const int Many = 1000;
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-limit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_token_that_asks_too_much_is_sent_away_for_a_while_and_others_are_not()
    {
        var file = Path.Combine(folder, "tokens.json");
        var busy = TokenFile.Create(file, "busy", Role.Operator, ["*"]);
        var other = TokenFile.Create(file, "other", Role.Operator, ["*"]);
        await using var host = await ApiHost.Start(
            options => options with { TokenFile = file, RequestsPerSecondMax = 1 });
        var refused = (await SentAway(() => host.Get("/v1/runs", busy))).IsProblem(429, "limit-reached");
        Assert.InRange(int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 10);
        Assert.Contains("'busy'", (string?)refused.Json["detail"], StringComparison.Ordinal);
        (await host.Get("/v1/runs", other)).IsOk();
        (await host.Get("/v1/runs", "not-a-token-but-as-long-as-one-has-to-be")).IsProblem(401, "unauthenticated");
        await SentAway(() => host.Post("/v1/manifests", Samples.Node("n1"), busy));
        foreach (var path in new[] { "/healthz", "/readyz", "/metrics", "/", "/openapi/v1.json" })
            Assert.Equal(200, (await host.Get(path, busy)).Status);
    }

    [Fact]
    public async Task What_is_sent_away_changes_nothing()
    {
        await using var host = await ApiHost.Start(options => options with { RequestsPerSecondMax = 1 });
        var sent = 0;
        (await SentAway(() => host.Post("/v1/manifests", Samples.Node($"n{sent++}")))).IsProblem(429, "limit-reached");
        Assert.Equal(sent - 1, host.Fleet.Operations.Count);
    }

    [Fact]
    public async Task Without_a_limit_nobody_is_sent_away()
    {
        using var limit = new RequestLimit(new ApiOptions { RequestsPerSecondMax = 0 });
        for (var i = 0; i < 100_000; i++)
            Assert.Null(limit.Refusal(Caller.Local));
        await using var host = await ApiHost.Start(options => options with { RequestsPerSecondMax = 0 });
        (await host.Get("/v1/runs")).IsOk();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(19)]
    [InlineData(10_000)]
    public void Two_seconds_worth_may_come_at_once(int perSecond)
    {
        using var limit = new RequestLimit(new ApiOptions { RequestsPerSecondMax = perSecond });
        for (var i = 0; i < 2 * perSecond; i++)
            Assert.Null(limit.Refusal(Caller.Local));
    }

    [Fact]
    public void A_limit_that_is_none_is_refused()
    {
        Assert.Contains("RequestsPerSecondMax", Assert.Single(new ApiOptions { RequestsPerSecondMax = -1 }.Validate()),
            StringComparison.Ordinal);
        Assert.Single(new ApiOptions { RequestsPerSecondMax = int.MaxValue }.Validate());
        Assert.Empty(new ApiOptions { RequestsPerSecondMax = 1_000_000_000 }.Validate());
    }

    private static async Task<Answer> SentAway(Func<Task<Answer>> send)
    {
        for (var i = 0; i < Many; i++)
        {
            var answer = await send();
            if (answer.Status == 429)
                return answer;
            answer.IsOk();
        }

        throw new InvalidOperationException($"{Many} requests in a row were served.");
    }
}
