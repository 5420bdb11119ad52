using System.Globalization;
using System.Text.Json.Nodes;
using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class TelemetryTests
{
    private const string Path = "/v1/runs/default/train/telemetry";

    [Fact]
    public async Task What_a_workload_reports_shows_in_its_run_until_the_attempt_ends()
    {
        await using var host = await Running();
        Assert.Null((await Status(host))["telemetry"]);

        (await host.Post(Path, """{"epoch":3,"loss":-0.41,"gpuUtilization":0.93,"gpuMemoryBytes":1.2e9}""")).IsOk();
        var answer = (await host.Post(Path, """{"progress":0.2,"eta":"10m","epoch":3.5,"attempt":1}""")).IsOk().Json;
        foreach (var telemetry in new[] { answer, (await Status(host))["telemetry"]! })
        {
            Assert.Equal(3.5, (double)telemetry["epoch"]!);
            Assert.Equal(-0.41, (double)telemetry["loss"]!);
            Assert.Equal(0.2, (double)telemetry["progress"]!);
            Assert.Equal(0.93, (double)telemetry["gpuUtilization"]!);
            Assert.Equal(1.2e9, (double)telemetry["gpuMemoryBytes"]!);
            Assert.Equal(1, (int)telemetry["attempt"]!);
        }

        var eta = At((await Status(host))["eta"]!["median"]!);
        Assert.InRange(eta - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        var listed = (await host.Get("/v1/runs")).IsOk().Json["items"]![0]!["status"]!;
        Assert.Equal(eta, At(listed["eta"]!["p90"]!));
        var explained = (await host.Get("/v1/runs/default/train/explain")).IsOk().Json;
        Assert.Contains(": epoch 3.5, 20 % done, loss -0.41.", (string?)explained["where"], StringComparison.Ordinal);
        Assert.Equal(eta, At(explained["eta"]!["median"]!));

        (await host.Post("/v1/runs/default/train/complete", """{"succeeded":true}""")).IsOk();
        Assert.Null((await Status(host))["telemetry"]);
        Assert.Null((await Status(host))["eta"]);
        (await host.Post(Path, """{"epoch":4}""")).IsProblem(409, "conflict");

        (await host.Post("/v1/runs?again=true", Samples.Run("train"))).IsOk();
        Assert.Null((await Status(host))["telemetry"]);
        (await host.Post(Path, """{"epoch":1,"attempt":1}""")).IsProblem(409, "conflict");
        var second = (await host.Post(Path, """{"epoch":1,"attempt":2}""")).IsOk().Json;
        Assert.Null(second["loss"]);
    }

    [Fact]
    public async Task An_end_may_be_an_instant()
    {
        await using var host = await Running();
        (await host.Post(Path, """{"eta":"2031-01-02T03:04:05+01:00"}""")).IsOk();
        Assert.Equal(new DateTimeOffset(2031, 1, 2, 2, 4, 5, TimeSpan.Zero), At((await Status(host))["eta"]!["p90"]!));
    }

    [Theory]
    [InlineData("""{"epoch":3,"losss":0.4}""", "losss")]
    [InlineData("""{"progress":1.01}""", "progress: 1.01; 0 to 1")]
    [InlineData("""{"progress":-0.1}""", "progress: -0.1; 0 to 1")]
    [InlineData("""{"gpuUtilization":93}""", "gpuUtilization: 93; 0 to 1")]
    [InlineData("""{"loss":1e400}""", "loss: ")]
    [InlineData("""{"epoch":-1e999}""", "epoch: ")]
    [InlineData("""{"epoch":1e13}""", "epoch: ")]
    [InlineData("""{"gpuMemoryBytes":1e19}""", "gpuMemoryBytes: ")]
    [InlineData("""{"loss":NaN}""", "1:9")]
    [InlineData("""{"loss":"NaN"}""", "$.loss")]
    [InlineData("""{"loss":0.4,"loss":0.3}""", "loss")]
    [InlineData("""{"eta":"soon"}""", "eta: not ")]
    [InlineData("""{"eta":"-10m"}""", "eta: not ")]
    [InlineData("""{"eta":"5000w"}""", "eta: not ")]
    [InlineData("""{"eta":"9999-12-31T23:59:59Z"}""", "eta: more than 10 years")]
    [InlineData("""{"eta":"2031-01-02 03:04"}""", "eta: not ")]
    [InlineData("""{"attempt":0,"loss":1}""", "attempt: 0")]
    [InlineData("""{"attempt":1}""", "Nothing is reported")]
    [InlineData("{}", "Nothing is reported")]
    public async Task What_is_not_right_is_named_and_changes_nothing(string body, string named)
    {
        await using var host = await Running();
        var refused = (await host.Post(Path, body)).IsProblem(422, "invalid");
        Assert.Contains(refused.Json["errors"]!.AsArray(), error => ((string)error!).Contains(named,
            StringComparison.Ordinal));
        Assert.Null((await Status(host))["telemetry"]);
    }

    [Fact]
    public async Task Only_those_who_may_complete_a_run_report_for_it()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(
            ("root", Role.Operator, ["*"]), ("ai", Role.Submitter, ["org:ai"]), ("look", Role.Viewer, ["org:ai"]),
            ("bio", Role.Submitter, ["org:bio"]), ("agent", Role.Operator, ["org:ai"]));
        await using var _ = host;
        (await host.Post("/v1/manifests", Samples.Node("n1"), tokens["root"])).IsOk();
        (await host.Post("/v1/runs", Samples.Run("train"), tokens["ai"])).IsOk();
        const string Body = """{"loss":0.5}""";
        (await host.Post(Path, Body)).IsProblem(401, "unauthenticated");
        (await host.Post(Path, Body, tokens["look"])).IsProblem(403, "forbidden");
        var foreign = (await host.Post(Path, Body, tokens["bio"])).IsProblem(404, "not-found");
        var unknown = (await host.Post("/v1/runs/default/none/telemetry", Body, tokens["bio"]))
            .IsProblem(404, "not-found");
        Assert.Equal(unknown.Text.Replace("none", "train", StringComparison.Ordinal), foreign.Text);
        (await host.Post("/v1/runs/default/none/telemetry", Body, tokens["root"])).IsProblem(404, "not-found");
        (await host.Post("/v1/runs/default/train%2Fx/telemetry", Body, tokens["root"])).IsProblem(400, "bad-request");
        (await host.Post(Path, Body, tokens["ai"])).IsOk();

        const string Node = "/v1/nodes/n1/telemetry";
        (await host.Post(Node, """{"cpu":0.5}""", tokens["ai"])).IsProblem(403, "forbidden");
        (await host.Post(Node, """{"cpu":0.5}""", tokens["agent"])).IsProblem(403, "forbidden");
        (await host.Post(Node, """{"cpu":0.5}""", tokens["root"])).IsOk();
    }

    [Fact]
    public async Task A_run_that_waits_reports_nothing()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        (await host.Post(Path, """{"epoch":1}""")).IsProblem(409, "conflict");
    }

    [Fact]
    public async Task The_usage_of_a_node_is_taken_value_by_value()
    {
        await using var host = await Running();
        const string Node = "/v1/nodes/n1/telemetry";
        (await host.Post(Node, """{"gpu":0.9,"cpu":0.5}""")).IsOk();
        var usage = (await host.Post(Node, """{"cpu":0.25,"memory":1}""")).IsOk().Json;
        Assert.Equal("""{"gpu":0.9,"cpu":0.25,"memory":1}""", usage.ToJsonString());
        (await host.Post(Node, """{"disk":0.5}""")).IsProblem(422, "invalid");
        (await host.Post(Node, """{"cpu":85}""")).IsProblem(422, "invalid");
        (await host.Post(Node, "{}")).IsProblem(422, "invalid");
        (await host.Post("/v1/nodes/n2/telemetry", """{"cpu":0.5}""")).IsProblem(404, "not-found");
    }

    private static async Task<ApiHost> Running()
    {
        var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("train"))).IsOk();
        return host;
    }

    private static async Task<JsonNode> Status(ApiHost host) =>
        (await host.Get("/v1/runs/default/train")).IsOk().Json["status"]!;

    private static DateTimeOffset At(JsonNode text) =>
        DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}
