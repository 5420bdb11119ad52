using System.Net;
using Jobtree.Actors.Operations;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;

namespace Jobtree.Api.Tests.Routes;

public sealed class FleetTests
{
    [Fact]
    public async Task Nodes_are_listed_read_and_removed()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", $"[{Samples.Node("n1")},{Samples.Node("n2", 4)}]")).IsOk();
        Assert.Equal(2, (await host.Get("/v1/nodes?flavor=H100&state=ready")).IsOk().Json["items"]!.AsArray().Count);
        var node = (await host.Get("/v1/nodes/n2")).IsOk().Json;
        Assert.Equal(4, (int)node["node"]!["gpus"]!);
        Assert.Equal(4, (int)node["free"]!);
        Assert.Equal("deleted", (string?)(await host.Send(HttpMethod.Delete, "/v1/nodes/n2")).IsOk()
            .Json["items"]![0]!["outcome"]);
        (await host.Send(HttpMethod.Delete, "/v1/nodes/n2")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task A_node_is_drained_by_an_instant_and_fenced_under_work()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", $"[{Samples.Node("n1")},{Samples.Run("a", gpus: 4)}]")).IsOk();
        (await host.Post("/v1/nodes/n1/state", """{"state":"Draining"}""")).IsProblem(422, "invalid");
        (await host.Post("/v1/nodes/n1/state", """{"state":"Draining","emptyBy":"2000-01-01T00:00:00Z"}"""))
            .IsProblem(422, "invalid");
        (await host.Post("/v1/nodes/n1/state", """{"state":"Cordoned","emptyBy":"2099-01-01T00:00:00Z"}"""))
            .IsProblem(422, "invalid");
        (await host.Post("/v1/nodes/n1/state", """{"state":"Draining","emptyBy":"2099-01-01T00:00:00Z"}""")).IsOk();
        var node = (await host.Get("/v1/nodes/n1")).IsOk().Json;
        Assert.Equal(("Draining", "2099-01-01T00:00:00+00:00"),
            ((string)node["node"]!["state"]!, (string)node["node"]!["emptyBy"]!));
        Assert.NotNull(node["emptyExpected"]);
        (await host.Post("/v1/nodes/n1/state", """{"state":"Fenced","reason":"it died"}""")).IsOk();
        var run = (await host.Get("/v1/runs/default/a")).IsOk().Json;
        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.Contains("n1", (string?)run["status"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_elastic_run_is_shrunk_by_whole_steps()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", $"[{Samples.Node("n1")},{Samples.Run("a", gpus: 8, more:
            ",\"malleable\":{\"minTotalGPUs\":2,\"maxTotalGPUs\":8,\"stepGPUs\":2}")}]")).IsOk();
        var refused = (await host.Post("/v1/runs/default/a/shrink", """{"gpus":3}""")).IsProblem(422, "invalid");
        Assert.Contains("by 2, 4, 6 GPUs", (string?)refused.Json["detail"], StringComparison.Ordinal);
        (await host.Post("/v1/runs/default/a/shrink", """{"gpus":4}""")).IsOk();
        var width = (await host.Get("/v1/runs/default/a")).IsOk().Json["status"]!["width"]!;
        Assert.Equal((2, 8, 4), ((int)width["min"]!, (int)width["max"]!, (int)width["desired"]!));
    }

    [Fact]
    public async Task Each_node_of_many_is_told_what_became_of_it()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", $"[{Samples.Node("n1")},{Samples.Node("n2")}]")).IsOk();
        var applied = (await host.Post(
            "/v1/manifests", $"[{Samples.Node("n1")},{Samples.Node("n2", 4)},{Samples.Node("n3")}]")).IsOk().Json;
        Assert.Equal(["unchanged", "changed", "created"], applied["items"]!.AsArray()
            .Select(item => (string?)item!["outcome"]));
    }

    [Fact]
    public async Task Budgets_are_listed_read_used_and_removed()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Budget("ai", "org:ai")},{Samples.Run("a", gpus: 4)}]")).IsOk();
        Assert.Equal("ai", (string?)(await host.Get("/v1/budgets")).IsOk().Json["items"]![0]!["budget"]!["name"]);
        Assert.Equal("org:ai", (string?)(await host.Get("/v1/budgets/ai")).IsOk().Json["budget"]!["owner"]);
        var usage = (await host.Get("/v1/budgets/usage?owner=org:ai")).IsOk().Json["items"]![0]!;
        Assert.Equal("ai/h100", (string?)usage["envelope"]);
        Assert.Equal(4, (double)usage["gpus"]!["owned"]!);
        (await host.Send(HttpMethod.Delete, "/v1/budgets/ai")).IsOk();
        (await host.Get("/v1/budgets/ai")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task Flavors_leases_and_reservations_are_read()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1", 4)},{Samples.Budget("ai", "org:ai")},{Samples.Run("a", gpus: 4)}," +
            $"{Samples.Run("b", gpus: 4, more: ",\"runtime\":{\"expectedDuration\":\"1h\"}")}]")).IsOk();
        Assert.True(Duration.TryParse((string)(await host.Get("/v1/flavors/H100")).IsOk().Json["backlog"]!, out _));
        Assert.Single((await host.Get("/v1/flavors")).IsOk().Json["items"]!.AsArray());
        var lease = (await host.Get("/v1/leases?run=default/a")).IsOk().Json["items"]![0]!;
        Assert.Equal("Lease", (string?)lease["kind"]);
        Assert.Equal("n1#0-3", (string?)lease["spec"]!["slots"]![0]);
        Assert.Equal("default/b", (string?)(await host.Get("/v1/reservations")).IsOk()
            .Json["items"]![0]!["reservation"]!["run"]);
    }

    [Fact]
    public async Task An_audit_reports_and_counts_what_it_finds()
    {
        await using var host = await ApiHost.Start();
        host.Fleet.Violations.Add(
            new AuditViolation(9, "H100 record 4", "The hash does not follow from the record before."));
        Assert.Equal(9, (int)(await host.Get("/v1/audit")).IsOk().Json["violations"]![0]!["invariant"]!);
        Assert.Contains("jobtree_ledger_violations_total{invariant=\"9\"} 1\n", (await host.Get("/metrics")).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProblemCode.Invalid, 422, "invalid")]
    [InlineData(ProblemCode.NotFound, 404, "not-found")]
    [InlineData(ProblemCode.Conflict, 409, "conflict")]
    [InlineData(ProblemCode.Forbidden, 403, "forbidden")]
    [InlineData(ProblemCode.LimitReached, 429, "limit-reached")]
    [InlineData(ProblemCode.Unavailable, 503, "unavailable")]
    public async Task Refusals_of_the_fleet_keep_their_code(ProblemCode code, int status, string word)
    {
        await using var host = await ApiHost.Start();
        host.Fleet.Refuses = new Problem(code, "Because.", ["one", "two"]);
        var answer = (await host.Post("/v1/runs", Samples.Run("a"))).IsProblem(status, word);
        Assert.Equal("Because.", (string?)answer.Json["detail"]);
        Assert.Equal(2, answer.Json["errors"]!.AsArray().Count);
        Assert.Equal(status is 429 or 503, answer.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task A_broken_fleet_gives_a_problem_that_tells_nothing_of_the_inside()
    {
        await using var host = await ApiHost.Start();
        host.Fleet.Breaks = new InvalidOperationException("the secret is 1234");
        var answer = (await host.Get("/v1/flavors")).IsProblem(500, "internal");
        Assert.DoesNotContain("1234", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
        host.Fleet.Breaks = null;
        Assert.Contains(
            "jobtree_errors_total{component=\"api\",error_type=\"InvalidOperationException\",severity=\"error\"} 1\n",
            (await host.Get("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_hangs_says_how_to_repeat_it()
    {
        await using var host = await ApiHost.Start(
            options => options with { RequestTimeout = TimeSpan.FromMilliseconds(50) });
        host.Fleet.Hold = new TaskCompletionSource().Task;
        var answer = (await host.Post("/v1/runs", Samples.Run("a"), headers: ("Idempotency-Key", "again"))).IsProblem(
            503, "unavailable");
        Assert.Contains("Idempotency-Key: again", (string?)answer.Json["detail"], StringComparison.Ordinal);
        (await host.Get("/v1/runs")).IsProblem(503, "unavailable");
    }

    [Fact]
    public async Task The_process_is_up_before_the_fleet_is_ready()
    {
        string? reason = "Reading the journal.";
        await using var host = await ApiHost.Start(options => options with { NotReadyBecause = () => reason });
        (await host.Get("/healthz")).IsOk();
        Assert.Equal("Reading the journal.", (string?)(await host.Get("/readyz")).IsProblem(503, "unavailable")
            .Json["detail"]);
        reason = null;
        (await host.Get("/readyz")).IsOk();
    }

    [Fact]
    public async Task A_process_that_only_a_restart_can_help_is_not_healthy()
    {
        string? reason = null;
        await using var host = await ApiHost.Start(options => options with { NotAliveBecause = () => reason });
        (await host.Get("/healthz")).IsOk();
        reason = "It was declared dead.";
        Assert.Equal(reason, (string?)(await host.Get("/healthz")).IsProblem(503, "unavailable").Json["detail"]);
    }

    [Fact]
    public async Task Other_methods_are_named_as_not_possible()
    {
        await using var host = await ApiHost.Start();
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Patch, HttpMethod.Options, new HttpMethod("BREW") })
        {
            var answer = (await host.Send(method, "/v1/budgets")).IsProblem(405, "method-not-allowed");
            Assert.Equal("GET", answer.Headers["Allow"]);
        }
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml, text/*;q=0.3")]
    public async Task An_answer_that_is_not_wanted_is_not_given(string accept)
    {
        await using var host = await ApiHost.Start();
        (await host.Get("/v1/flavors", headers: ("Accept", accept))).IsProblem(406, "not-acceptable");
        (await host.Get("/v1/flavors", headers: ("Accept", "text/html, application/*;q=0.9"))).IsOk();
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        await using var host = await ApiHost.Start();
        var page = await host.Get("/");
        Assert.Equal("text/html", page.ContentType);
        Assert.Contains("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.DoesNotContain("://", page.Text, StringComparison.Ordinal);
        Assert.Equal("text/javascript", (await host.Get("/page.js")).ContentType);
        Assert.Equal("text/css", (await host.Get("/page.css")).ContentType);
        Assert.Equal(HttpStatusCode.OK, (HttpStatusCode)page.Status);
    }
}
