using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class RunTests
{
    [Fact]
    public async Task A_run_is_submitted_read_completed_and_then_has_ended()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();

        var submitted = (await host.Post(
            "/v1/runs", Samples.Run("train", gpus: 4), headers: ("Idempotency-Key", "op-1"))).IsOk();
        Assert.Equal("op-1", (string?)submitted.Json["operation"]);
        Assert.Equal("bound", (string?)submitted.Json["items"]![0]!["outcome"]);
        Assert.Equal("default/train", (string?)submitted.Json["items"]![0]!["name"]);

        var run = (await host.Get("/v1/runs/default/train")).IsOk().Json;
        Assert.Equal("jobtree.dev/v1", (string?)run["apiVersion"]);
        Assert.Equal("Run", (string?)run["kind"]);
        Assert.Equal("org:ai", (string?)run["spec"]!["owner"]);
        Assert.Equal("Running", (string?)run["status"]!["phase"]);

        var completed = (await host.Post(
            "/v1/runs/default/train/complete", """{"succeeded":true,"message":"exit code 0"}""")).IsOk().Json;
        Assert.Equal("Completed", (string?)completed["status"]!["phase"]);
        Assert.Equal("exit code 0", (string?)completed["status"]!["message"]);
        (await host.Post("/v1/runs/default/train/cancel")).IsProblem(409, "conflict");
    }

    [Fact]
    public async Task A_run_that_has_ended_runs_again_when_asked_to_and_its_reports_name_their_attempt()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        const string Complete = "/v1/runs/default/train/complete";
        (await host.Post(Complete, """{"succeeded":true,"attempt":2}""")).IsProblem(409, "conflict");
        (await host.Post(Complete, """{"succeeded":true}""")).IsOk();

        var unchanged = (await host.Post("/v1/runs", Samples.Run("train"))).IsOk().Json["items"]![0]!;
        Assert.Equal("unchanged", (string?)unchanged["outcome"]);
        Assert.Contains("--again", (string?)unchanged["message"]);
        var again = (await host.Post("/v1/runs?again=true", Samples.Run("train"))).IsOk().Json["items"]![0]!;
        Assert.Equal("bound", (string?)again["outcome"]);
        (await host.Post(Complete, """{"succeeded":true}""")).IsProblem(409, "conflict");
        (await host.Post(Complete, """{"succeeded":true,"attempt":1}""")).IsProblem(409, "conflict");
        var ended = (await host.Post(Complete, """{"succeeded":true,"attempt":2}""")).IsOk().Json;
        Assert.Equal("Completed", (string?)ended["status"]!["phase"]);
        (await host.Post("/v1/runs?again=perhaps", Samples.Run("train"))).IsProblem(400, "bad-request");
    }

    [Fact]
    public async Task A_waiting_run_is_held_with_a_reason_and_released()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("first", gpus: 8))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("second", gpus: 8))).IsOk();
        var second = "/v1/runs/default/second";

        var held = (await host.Post($"{second}/hold", """{"reason":"wrong data"}""")).IsOk().Json["status"]!;
        Assert.Equal("Waiting", (string?)held["phase"]);
        Assert.Equal("wrong data", (string?)held["hold"]!["reason"]);
        Assert.Equal("an unnamed caller", (string?)held["hold"]!["by"]);
        var blocked = held["conditions"]!.AsArray().Single(item => (string?)item!["type"] == "Blocked")!;
        Assert.Equal(("True", "Held"), ((string?)blocked["status"], (string?)blocked["reason"]));
        Assert.Contains("kept back", (string?)(await host.Get($"{second}/explain")).IsOk().Json["where"]);
        Assert.Contains("Held by", (string?)(await host.Get($"{second}/plan")).IsOk().Json["reasons"]![0]);

        var released = (await host.Post($"{second}/release")).IsOk().Json["status"]!;
        Assert.NotEqual("Waiting", (string?)released["phase"]);
        Assert.Null(released["hold"]);
        (await host.Post($"{second}/release")).IsProblem(409, "conflict");
        (await host.Post("/v1/runs/default/first/hold", "{}")).IsProblem(409, "conflict");
        (await host.Post("/v1/runs/default/nobody/hold", "{}")).IsProblem(404, "not-found");
        (await host.Post($"{second}/hold", """{"because":"x"}""")).IsProblem(422, "invalid");
        (await host.Post($"{second}/hold", $$"""{"reason":"{{new string('x', 1025)}}"}""")).IsProblem(422, "invalid");
    }

    [Fact]
    public async Task The_same_run_submitted_twice_is_unchanged_and_another_spec_conflicts()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        Assert.Equal("unchanged", (string?)(await host.Post("/v1/runs", Samples.Run("train"))).IsOk()
            .Json["items"]![0]!["outcome"]);
        (await host.Post("/v1/runs", Samples.Run("train", gpus: 2))).IsProblem(409, "conflict");
    }

    [Fact]
    public async Task A_command_without_an_id_gets_one()
    {
        await using var host = await ApiHost.Start();
        var operation = (string?)(await host.Post("/v1/runs", Samples.Run("train"))).IsOk().Json["operation"];
        Assert.Equal(operation, Assert.Single(host.Fleet.Operations));
        Assert.True(Guid.TryParseExact(operation, "N", out _));
    }

    [Fact]
    public async Task Runs_are_listed_by_filter_in_pages_with_a_version()
    {
        await using var host = await ApiHost.Start();
        for (var i = 0; i < 5; i++)
            (await host.Post("/v1/runs", Samples.Run($"r{i}", owner: i % 2 == 0 ? "org:ai:rai" : "org:bio"))).IsOk();

        var first = (await host.Get("/v1/runs?limit=2&owner=org:ai")).IsOk().Json;
        Assert.Equal(["r0", "r2"], first["items"]!.AsArray().Select(run => (string?)run!["metadata"]!["name"]));
        Assert.True((long)first["version"]! >= 5);
        var second = (await host.Get($"/v1/runs?limit=2&owner=org:ai&continue={first["continue"]}")).IsOk().Json;
        Assert.Equal(["r4"], second["items"]!.AsArray().Select(run => (string?)run!["metadata"]!["name"]));
        Assert.Null(second["continue"]);
        Assert.Empty((await host.Get("/v1/runs?phase=running")).IsOk().Json["items"]!.AsArray());
        Assert.Single((await host.Get("/v1/runs?phase=Pending&name=r3")).IsOk().Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_run_that_got_a_sponsor_is_unchanged_as_it_was_submitted_and_as_it_is_now()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        (await host.Post("/v1/runs/default/train/sponsors", """{"sponsor":"org:lab"}""")).IsOk();
        (await host.Post("/v1/runs/default/train/sponsors", """{"sponsor":"org:other"}""")).IsOk();
        foreach (var more in new[] { "", ""","funding":{"allowBorrow":true,"sponsors":["org:lab","org:other"]}""" })
            Assert.Equal("unchanged", (string?)(await host.Post("/v1/runs", Samples.Run("train", more: more))).IsOk()
                .Json["items"]![0]!["outcome"]);
        (await host.Post("/v1/runs", Samples.Run(
            "train", more: ""","funding":{"allowBorrow":true,"sponsors":["org:other"]}"""))).IsProblem(409, "conflict");
        var sponsors = (await host.Get("/v1/runs/default/train")).IsOk()
            .Json["spec"]!["funding"]!["sponsors"]!.AsArray();
        Assert.Equal(["org:lab", "org:other"], sponsors.Select(sponsor => (string?)sponsor));
    }

    [Fact]
    public async Task A_run_can_be_explained_planned_and_sponsored()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("train", gpus: 4))).IsOk();
        Assert.Contains("waits", (string?)(await host.Get("/v1/runs/default/train/explain")).IsOk().Json["where"],
            StringComparison.Ordinal);
        Assert.Equal("waiting", (string?)(await host.Get("/v1/runs/default/train/plan")).IsOk().Json["outcome"]);
        var sponsored = (await host.Post("/v1/runs/default/train/sponsors", """{"sponsor":"org:lab"}""")).IsOk().Json;
        Assert.Equal("org:lab", (string?)sponsored["spec"]!["funding"]!["sponsors"]![0]);
        (await host.Post("/v1/runs/default/train/sponsors", """{"sponsor":"org lab"}""")).IsProblem(422, "invalid");
    }

    [Fact]
    public async Task A_plan_of_a_run_that_is_not_submitted_changes_nothing()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        Assert.Equal("bound", (string?)(await host.Post("/v1/plan", Samples.Run("what-if", gpus: 8))).IsOk()
            .Json["outcome"]);
        Assert.Equal("waiting", (string?)(await host.Post("/v1/plan", Samples.Run("what-if", gpus: 9))).IsOk()
            .Json["outcome"]);
        (await host.Get("/v1/runs/default/what-if")).IsProblem(404, "not-found");
        (await host.Post("/v1/plan", Samples.Node("n2"))).IsProblem(422, "invalid");
    }

    [Theory]
    [InlineData("""{"succeeded":"yes"}""")]
    [InlineData("""{}""")]
    [InlineData("""{"succeeded":true,"extra":1}""")]
    [InlineData("""{"succeeded":true,"succeeded":false}""")]
    [InlineData("""null""")]
    [InlineData("""[]""")]
    [InlineData("""{"succeeded":true""")]
    [InlineData("")]
    public async Task A_completion_that_is_not_one_is_refused_and_changes_nothing(string body)
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        var refused = (await host.Post("/v1/runs/default/train/complete", body)).IsProblem(422, "invalid");
        Assert.DoesNotContain("Jobtree.", refused.Text, StringComparison.Ordinal);
        Assert.Equal("Running", (string?)(await host.Get("/v1/runs/default/train")).Json["status"]!["phase"]);
    }

    [Fact]
    public async Task A_message_has_a_bound()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        (await host.Post("/v1/runs/default/train/complete",
            $$"""{"succeeded":true,"message":"{{new string('x', 1025)}}"}""")).IsProblem(422, "invalid");
    }

    [Theory]
    [InlineData("/v1/runs?colour=red", "colour")]
    [InlineData("/v1/runs?limit=0", "limit")]
    [InlineData("/v1/runs?limit=1001", "limit")]
    [InlineData("/v1/runs?limit=-1", "limit")]
    [InlineData("/v1/runs?limit=1&limit=2", "limit")]
    [InlineData("/v1/runs?phase=Gone", "phase")]
    [InlineData("/v1/runs?phase=1", "phase")]
    [InlineData("/v1/runs?owner=a::b", "owner")]
    [InlineData("/v1/runs?watch=maybe", "watch")]
    [InlineData("/v1/runs?watch=true&after=x", "after")]
    [InlineData("/v1/leases?run=a/b/c", "run")]
    [InlineData("/v1/leases?ended=1", "ended")]
    [InlineData("/v1/nodes?state=Broken", "state")]
    [InlineData("/v1/audit?deep=true", "deep")]
    [InlineData("/v1/runs?access_token=secret", "access_token")]
    public async Task A_query_that_is_not_right_is_refused_by_name(string path, string parameter)
    {
        await using var host = await ApiHost.Start();
        var errors = (await host.Get(path)).IsProblem(400, "bad-request").Json["errors"]!.AsArray();
        Assert.Contains(errors, error => ((string)error!).Contains(parameter, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/runs/default/absent")]
    [InlineData("/v1/runs/default/absent/explain")]
    [InlineData("/v1/runs/default/absent/plan")]
    [InlineData("/v1/runs/default/absent/logs")]
    [InlineData("/v1/nodes/absent")]
    [InlineData("/v1/budgets/absent")]
    [InlineData("/v1/flavors/absent")]
    [InlineData("/v1/nothing")]
    [InlineData("/v2")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        await using var host = await ApiHost.Start();
        (await host.Get(path)).IsProblem(404, "not-found");
    }
}
