using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class WatchTests
{
    [Fact]
    public async Task A_watch_begins_with_what_is_there_and_goes_on_with_what_comes()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b"))).IsOk();
        var version = await Settled(host, 2);
        using var events = await EventReader.Open(host, "/v1/runs?watch=true");
        // Cut off after the first of two present states, a watcher must begin again; after the second it may go on
        // behind the version.
        Assert.Equal((0, "a", "Pending"), Parse(await events.Next()));
        Assert.Equal((version, "b", "Pending"), Parse(await events.Next()));
        (await host.Post("/v1/runs/default/a/cancel")).IsOk();
        var change = Parse(await events.Next());
        Assert.Equal(("a", "Failed"), (change.Name, change.Phase));
        Assert.True(change.Id > version);
    }

    [Fact]
    public async Task A_watch_goes_on_behind_a_version_by_parameter_or_header()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        var version = await Settled(host, 1);
        (await host.Post("/v1/runs", Samples.Run("b"))).IsOk();
        using var byParameter = await EventReader.Open(host, $"/v1/runs?watch=true&after={version}");
        Assert.Equal("b", Parse(await byParameter.Next()).Name);
        using var byHeader = await EventReader.Open(host, "/v1/runs?watch=true&after=0", lastEventId: $"{version}");
        Assert.Equal("b", Parse(await byHeader.Next()).Name);
        using var fromTheBeginning = await EventReader.Open(host, "/v1/runs?watch=true&after=0");
        Assert.Equal("a", Parse(await fromTheBeginning.Next()).Name);
    }

    [Fact]
    public async Task A_watch_shows_only_what_its_filters_let_through()
    {
        await using var host = await ApiHost.Start();
        using var events = await EventReader.Open(host, "/v1/runs?watch=true&name=b");
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b"))).IsOk();
        Assert.Equal("b", Parse(await events.Next()).Name);
    }

    [Fact]
    public async Task A_silent_watch_says_that_it_is_alive()
    {
        await using var host = await ApiHost.Start(
            options => options with { Heartbeat = TimeSpan.FromMilliseconds(20) });
        using var events = await EventReader.Open(host, "/v1/runs?watch=true");
        Assert.Equal([": alive"], await events.Next());
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        IReadOnlyList<string>? next;
        do
        {
            next = await events.Next();
        }
        while (next is [": alive"]);
        Assert.Equal("a", Parse(next).Name);
    }

    [Fact]
    public async Task Changes_that_are_no_longer_kept_are_gone()
    {
        await using var host = await ApiHost.Start();
        (await host.Get("/v1/runs?watch=true&after=1000000")).IsProblem(410, "watch-expired");
    }

    [Fact]
    public async Task A_watch_that_falls_behind_is_told_so_and_ends()
    {
        await using var host = await ApiHost.Start();
        using var events = await EventReader.Open(host, "/v1/runs?watch=true");
        host.Fleet.WatchesExpire = true;
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        var expired = await events.Next();
        Assert.Equal("event: expired", expired![0]);
        Assert.Equal("watch-expired", (string?)JsonNode.Parse(expired[1]["data: ".Length..])!["code"]);
        Assert.Null(await events.Next());
    }

    [Fact]
    public async Task There_are_only_so_many_watches_and_a_closed_one_makes_room()
    {
        await using var host = await ApiHost.Start(options => options with { WatchersMax = 2 });
        var first = await EventReader.Open(host, "/v1/runs?watch=true");
        using var second = await EventReader.Open(host, "/v1/runs?watch=true");
        (await host.Get("/v1/runs?watch=true")).IsProblem(429, "limit-reached");
        (await host.Get("/v1/runs")).IsOk();
        first.Dispose();
        await Eventually.Holds(() => host.Fleet.WatchersOpen == 1);
        await Eventually.Holds(async () => (await host.Get("/metrics"))
            .Text.Contains("jobtree_api_watchers{} 1\n", StringComparison.Ordinal));
        using var third = await EventReader.Open(host, "/v1/runs?watch=true");
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_dropped()
    {
        await using var host = await ApiHost.Start(
            options => options with { SlowWatcherTimeout = TimeSpan.FromMilliseconds(200) });
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("GET /v1/runs?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await Eventually.Holds(() => host.Fleet.WatchersOpen == 1);
        var filler = string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"V{i}\":\"{new string('x', 1000)}\""));
        for (var i = 0; i < 60 && host.Fleet.WatchersOpen == 1; i++)
            (await host.Post("/v1/runs",
                Samples.Run($"r{i}", more: $",\"workload\":{{\"image\":\"i\",\"env\":{{{filler}}}}}"))).IsOk();
        await Eventually.Holds(() => host.Fleet.WatchersOpen == 0);
        Assert.Contains("error_type=\"slow-watcher\"", (await host.Get("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_stops_ends_its_watches()
    {
        var host = await ApiHost.Start();
        using var events = await EventReader.Open(host, "/v1/runs?watch=true");
        var end = events.Next();
        await host.DisposeAsync();
        Assert.Null(await end);
        Assert.Equal(0, host.Fleet.WatchersOpen);
    }

    // The version once the index of runs has heard of so many, which happens behind the answers.
    private static async Task<long> Settled(ApiHost host, int runs)
    {
        var version = 0L;
        await Eventually.Holds(async () =>
        {
            var page = (await host.Get("/v1/runs")).IsOk().Json;
            version = (long)page["version"]!;
            return page["items"]!.AsArray().Count == runs;
        });
        return version;
    }

    private static (long Id, string? Name, string? Phase) Parse(IReadOnlyList<string>? lines)
    {
        Assert.NotNull(lines);
        Assert.Equal(3, lines.Count);
        Assert.Equal("event: run", lines[1]);
        var run = JsonNode.Parse(lines[2]["data: ".Length..])!;
        return (long.Parse(lines[0]["id: ".Length..], CultureInfo.InvariantCulture), (string?)run["metadata"]!["name"],
            (string?)run["status"]!["phase"]);
    }
}
