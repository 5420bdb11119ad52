using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

/// <summary>Ledgers over HTTP: entries byte for byte, and what is read from them.</summary>
public sealed class LedgerTests
{
    [Fact]
    public async Task A_ledger_is_lines_that_anybody_can_check_with_a_hash()
    {
        await using var host = await Lived();
        using var stream = await LineReader.Open(host, "/v1/ledger/H100");
        Assert.Equal("1", stream.Header("Jobtree-Ledger-First"));
        var lines = await stream.Rest();
        var head = "";
        foreach (var (i, line) in lines.Index())
        {
            var entry = JsonNode.Parse(line)!;
            Assert.Equal((i + 1, head), ((int)entry["sequence"]!, (string)entry["previous"]!));
            head = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
        }
        var flavor = (await host.Get("/v1/flavors/H100")).IsOk().Json;
        Assert.Equal((string)flavor["ledgerHead"]!, Convert.ToHexStringLower(Convert.FromBase64String(head)));
        Assert.Equal((int)flavor["ledgerSequence"]!, lines.Count);
    }

    [Fact]
    public async Task A_ledger_is_read_in_parts()
    {
        await using var host = await Lived();
        using var whole = await LineReader.Open(host, "/v1/ledger/H100");
        var lines = await whole.Rest();
        using var part = await LineReader.Open(host, "/v1/ledger/H100?after=1&limit=2");
        Assert.Equal(lines.Skip(1).Take(2), await part.Rest());
        using var none = await LineReader.Open(host, $"/v1/ledger/H100?after={lines.Count}");
        Assert.Empty(await none.Rest());
    }

    [Fact]
    public async Task A_reader_that_follows_gets_each_entry_as_it_is_written()
    {
        await using var host = await ApiHost.Start(
            options => options with { Heartbeat = TimeSpan.FromMilliseconds(20) });
        using var whole = await LineReader.Open(host, "/v1/ledger/H100");
        var before = (await whole.Rest()).Count;
        using var stream = await LineReader.Open(host, $"/v1/ledger/H100?after={before}&follow=true");
        Assert.Equal("", await stream.Next());
        (await host.Post("/v1/runs", Samples.Run("late"))).IsOk();
        var line = await stream.Next();
        while (line == "")
            line = await stream.Next();
        Assert.Equal(before + 1, (int)JsonNode.Parse(line!)!["sequence"]!);
        Assert.Contains("default/late", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_readers_are_turned_away()
    {
        await using var host = await ApiHost.Start(options => options with { WatchersMax = 1 });
        using var first = await LineReader.Open(host, "/v1/ledger/H100?follow=true");
        (await host.Get("/v1/ledger/H100")).IsProblem(429, "limit-reached");
    }

    [Fact]
    public async Task Who_asked_is_the_name_of_the_token()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(
            ("ops", Role.Operator, ["*"]), ("alice", Role.Submitter, ["org:ai"]));
        await using (host)
        {
            (await host.Post("/v1/manifests", Samples.Node("n1"), token: tokens["ops"])).IsOk();
            (await host.Post("/v1/runs", Samples.Run("a"), token: tokens["alice"])).IsOk();
            (await host.Post("/v1/runs/default/a/cancel", token: tokens["ops"])).IsOk();
            using var stream = await LineReader.Open(host, "/v1/ledger/H100", tokens["ops"]);
            var by = (await stream.Rest()).Select(line => (string?)JsonNode.Parse(line)!["by"]);
            Assert.Equal([null, "ops", "alice", "ops"], by);
            var events = (await host.Get("/v1/runs/default/a/events", tokens["alice"])).IsOk().Json["events"]!;
            Assert.Equal(["Submitted alice", "Bound alice", "Cancelled ops"],
                events.AsArray().Select(one => $"{one!["kind"]} {one["by"]}"));
        }
    }

    [Fact]
    public async Task A_ledger_is_for_those_who_may_see_everything()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(
            ("viewer", Role.Viewer, ["*"]), ("one", Role.Operator, ["org:ai"]), ("other", Role.Viewer, ["org:bio"]),
            ("ops", Role.Operator, ["*"]));
        await using (host)
        {
            foreach (var path in new[] { "/v1/ledger/H100", "/v1/ledger/H100/1/draw" })
            {
                (await host.Get(path)).IsProblem(401, "unauthenticated");
                (await host.Get(path, tokens["viewer"])).IsProblem(403, "forbidden");
                (await host.Get(path, tokens["one"])).IsProblem(403, "forbidden");
            }
            (await host.Post("/v1/manifests", Samples.Node("n1"), token: tokens["ops"])).IsOk();
            (await host.Post("/v1/runs", Samples.Run("a"), token: tokens["ops"])).IsOk();
            (await host.Get("/v1/runs/default/a/events", tokens["one"])).IsOk();
            (await host.Get("/v1/runs/default/a/events", tokens["other"])).IsProblem(404, "not-found");
            var rows = (await host.Get("/v1/usage?by=Run", tokens["one"])).IsOk().Json["items"]!.AsArray();
            Assert.Single(rows);
            Assert.Empty((await host.Get("/v1/usage?by=Run", tokens["other"])).IsOk().Json["items"]!.AsArray());
        }
    }

    [Theory]
    [InlineData("/v1/ledger/H100?after=-1", 400)]
    [InlineData("/v1/ledger/H100?after=x", 400)]
    [InlineData("/v1/ledger/H100?after=99999999999999999999", 400)]
    [InlineData("/v1/ledger/H100?limit=0", 400)]
    [InlineData("/v1/ledger/H100?follow=maybe", 400)]
    [InlineData("/v1/ledger/H100?since=1h", 400)]
    [InlineData("/v1/ledger/..%2f..%2fetc", 400)]
    [InlineData("/v1/ledger/none", 404)]
    [InlineData("/v1/ledger/H100/0/draw", 404)]
    [InlineData("/v1/ledger/H100/1/draw", 404)]
    [InlineData("/v1/ledger/H100/x/draw", 400)]
    [InlineData("/v1/ledger/H100/-1/draw", 400)]
    [InlineData("/v1/runs/default/nobody/events", 404)]
    [InlineData("/v1/usage?from=yesterday", 400)]
    [InlineData("/v1/usage?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422)]
    [InlineData("/v1/usage?by=Mood", 400)]
    [InlineData("/v1/leases?at=0", 400)]
    [InlineData("/v1/leases?at=2999-01-01T00:00:00Z", 422)]
    public async Task What_is_not_right_is_refused(string path, int status)
    {
        await using var host = await ApiHost.Start();
        Assert.Equal(status, (await host.Get(path)).Status);
    }

    [Fact]
    public async Task Use_and_leases_of_the_past_are_told()
    {
        await using var host = await Lived();
        var usage = (await host.Get("/v1/usage?from=2020-01-01T00:00:00Z&by=Owner")).IsOk().Json;
        Assert.Equal("org:ai", (string)usage["items"]!.AsArray().Single()!["owner"]!);
        Assert.Empty(usage["gaps"]!.AsArray());
        Assert.Empty((await host.Get("/v1/leases?at=2020-01-01T00:00:00Z")).IsOk().Json["items"]!.AsArray());
    }

    private static async Task<ApiHost> Lived()
    {
        var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        (await host.Post("/v1/runs/default/a/cancel")).IsOk();
        return host;
    }
}
