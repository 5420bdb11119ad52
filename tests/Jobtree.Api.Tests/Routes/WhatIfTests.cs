using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class WhatIfTests
{
    private const string Path = "/v1/plan/what-if";

    [Fact]
    public async Task A_question_is_answered_and_changes_nothing()
    {
        await using var host = await ApiHost.Start();
        await Fill(host);
        var answer = (await host.Post(Path, $$"""
            {"manifests": [{{Samples.Run("mine", "org:ai", gpus: 8)}}], "horizon": "2h"}
            """)).IsOk().Json;
        Assert.Equal(TimeSpan.FromHours(2),
            (DateTimeOffset)answer["until"]! - (DateTimeOffset)answer["at"]!);
        Assert.Equal("bound", (string?)answer["documents"]![0]!["outcome"]);
        Assert.Equal("default/mine", (string?)answer["runs"]![0]!["run"]);
        var cut = Assert.Single(answer["cuts"]!.AsArray())!;
        Assert.Equal(("default/guest", "ReclaimUnfunded", "default/mine"),
            ((string?)cut["run"], (string?)cut["rule"], (string?)cut["for"]));
        Assert.Equal("Running", (string?)(await host.Get("/v1/runs/default/guest")).IsOk().Json["status"]!["phase"]);
        (await host.Get("/v1/runs/default/mine")).IsProblem(404, "not-found");
        Assert.Single(host.Fleet.Operations);
    }

    [Fact]
    public async Task A_dry_run_shows_the_difference_and_changes_nothing()
    {
        await using var host = await ApiHost.Start();
        await Fill(host);
        var budget = Samples.Budget("ai", "org:ai").Replace("\"concurrency\":8", "\"concurrency\":9",
            StringComparison.Ordinal);
        var answer = (await host.Post("/v1/manifests?dryRun=true", budget)).IsOk().Json;
        Assert.Equal("changed", (string?)answer["documents"]![0]!["outcome"]);
        var diff = answer["documents"]![0]!["diff"]!.AsArray().Select(line => (string)line!).ToArray();
        Assert.Contains("-      concurrency: 8", diff);
        Assert.Contains("+      concurrency: 9", diff);
        Assert.Equal((string?)answer["at"], (string?)answer["until"]);
        var budgets = (await host.Get("/v1/budgets")).IsOk().Text;
        Assert.DoesNotContain("\"concurrency\":9", budgets, StringComparison.Ordinal);
        Assert.Equal("created", (string?)(await host.Post("/v1/manifests?dryRun=true", Samples.Node("n9"))).IsOk()
            .Json["documents"]![0]!["outcome"]);
        (await host.Get("/v1/nodes/n9")).IsProblem(404, "not-found");
        (await host.Post("/v1/manifests?dryRun=maybe", budget)).IsProblem(400, "bad-request");
    }

    [Theory]
    [InlineData("""{}""", "There is nothing to change")]
    [InlineData("""{"horizon": "91d", "withoutBudgets": ["ai"]}""", "0 to 90 days")]
    [InlineData("""{"withoutBudgets": ["../etc"]}""", "not a budget")]
    [InlineData("""{"withoutRuns": ["default/A B"]}""", "not a run")]
    [InlineData("""{"nodes": [{"node": "\u001b[2J", "state": "Fenced"}]}""", "not the name of a node")]
    [InlineData("""{"nodes": [{"node": "n1", "state": "Draining"}]}""", "needs it")]
    [InlineData("""{"nodes": [{"node": "n1", "state": "Ready", "emptyBy": "2030-01-01T00:00:00Z"}]}""", "needs it")]
    [InlineData("""{"nodes": [{"node": "n1", "state": 77}]}""", "must be one of Ready")]
    [InlineData("""{"nodes": [{"node": "n1", "state": "Gone"}]}""", "$.nodes[0].state")]
    [InlineData("""{"manifests": [{"kind": "Run"}]}""", "manifests")]
    [InlineData("""{"manifests": "text"}""", "manifests")]
    [InlineData("""{"horizon": "-1h", "withoutBudgets": ["ai"]}""", "$.horizon")]
    [InlineData("""{"unknown": 1}""", "$.unknown")]
    [InlineData("""{"horizon": "1h", "horizon": "2h"}""", "$.horizon")]
    [InlineData("""[]""", "$")]
    public async Task A_question_that_is_not_valid_is_refused(string body, string part)
    {
        await using var host = await ApiHost.Start();
        await Fill(host);
        var refused = (await host.Post(Path, body)).IsProblem(422, "invalid");
        Assert.Contains(part, refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_changes_are_refused()
    {
        await using var host = await ApiHost.Start();
        var budgets = string.Join(',', Enumerable.Range(0, 1_001).Select(number => $"\"b{number}\""));
        var refused = (await host.Post(Path, $$"""{"withoutBudgets": [{{budgets}}]}""")).IsProblem(422, "invalid");
        Assert.Contains("At most 1000 budgets", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_may_ask_about_its_own_runs_and_sees_only_those()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(
            ("root", Role.Operator, ["*"]), ("ai-view", Role.Viewer, ["org:ai"]));
        await using var _ = host;
        await Fill(host, tokens["root"]);
        var mine = $$"""{"manifests": [{{Samples.Run("mine", "org:ai", gpus: 8)}}]}""";
        var answer = (await host.Post(Path, mine, tokens["ai-view"])).IsOk().Json;
        Assert.Equal("default/mine", (string?)Assert.Single(answer["runs"]!.AsArray())!["run"]);
        Assert.Empty(answer["cuts"]!.AsArray());
        Assert.Single((await host.Post(Path, mine, tokens["root"])).IsOk().Json["cuts"]!.AsArray());

        (await host.Post(Path, $$"""{"manifests": [{{Samples.Run("x", "org:bio")}}]}""", tokens["ai-view"]))
            .IsProblem(403, "forbidden");
        (await host.Post(Path, """{"withoutRuns": ["default/guest"]}""", tokens["ai-view"]))
            .IsProblem(404, "not-found");
        (await host.Post(Path, $$"""{"manifests": [{{Samples.Budget("ai", "org:ai")}}]}""", tokens["ai-view"])).IsOk();
        (await host.Post("/v1/manifests?dryRun=true", Samples.Run("mine", "org:ai"), tokens["ai-view"]))
            .IsProblem(403, "forbidden");
        (await host.Post(Path, mine)).IsProblem(401, "unauthenticated");
    }

    private static async Task Fill(ApiHost host, string? token = null) =>
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Budget("ai", "org:ai")},{Samples.Run("guest", "org:guest", gpus: 8)}]",
            token)).IsOk();
}
