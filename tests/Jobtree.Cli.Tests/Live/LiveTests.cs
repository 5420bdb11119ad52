using System.Text;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Cli.Tests.Support;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Tests.Live;

/// <summary>The command line and the real API, each with its own idea of the other.</summary>
public sealed class LiveTests : IDisposable
{
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task A_watch_ends_when_the_run_gets_where_it_was_to_get()
    {
        await using var server = await ApiServer.OverSample(bench);
        var watch = bench.Run("--server", server.Url, "watch", "eval-7", "--until", "completed");
        Assert.Equal(0, (await bench.Run("--server", server.Url, "complete", "eval-7", "--message", "exit code 0"))
            .ExitCode);
        var seen = await watch;
        Assert.Equal((0, ""), (seen.ExitCode, seen.Error));
        Assert.EndsWith("12:00:00  default/eval-7  Completed  exit code 0\n", seen.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_of_another_run_hears_nothing_of_it_and_ends_at_its_timeout()
    {
        await using var server = await ApiServer.OverSample(bench);
        var watch = bench.Run("--server", server.Url, "watch", "train-128", "--timeout", "1s", "-o", "json");
        Assert.Equal(0, (await bench.Run("--server", server.Url, "cancel", "eval-7")).ExitCode);
        var seen = await watch;
        Assert.Equal(1, seen.ExitCode);
        Assert.DoesNotContain("eval-7", seen.Out, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"train-128\"", seen.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_ends_with_ctrl_c()
    {
        await using var server = await ApiServer.OverSample(bench);
        using var interrupt = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var seen = await bench.Run(["--server", server.Url, "watch"], interrupt.Token);
        Assert.Equal((130, "Interrupted.\n"), (seen.ExitCode, seen.Error));
    }

    [Fact]
    public async Task Tokens_decide_what_may_be_done()
    {
        var file = bench.Path("tokens.json");
        var viewer = TokenFile.Create(file, "looker", Role.Viewer, ["org:ai:rai"]);
        var other = TokenFile.Create(file, "other", Role.Submitter, ["org:lab"]);
        var operate = TokenFile.Create(file, "root", Role.Operator, ["*"]);
        await using var server = await ApiServer.OverSample(bench, file);

        Assert.Equal((1, "unauthenticated"), await Try("get", "eval-7"));
        bench.Variables["JOBTREE_TOKEN"] = "made-up";
        Assert.Equal((1, "unauthenticated"), await Try("get", "eval-7"));
        bench.Variables["JOBTREE_TOKEN"] = viewer;
        Assert.Equal((0, ""), await Try("get", "eval-7"));
        Assert.Equal((1, "forbidden"), await Try("cancel", "eval-7"));
        bench.Variables["JOBTREE_TOKEN"] = other;
        Assert.Equal(1, (await Try("cancel", "eval-7")).ExitCode);
        Assert.Equal((1, "forbidden"), await Try("nodes", "cordon", "node-1"));
        bench.Variables["JOBTREE_TOKEN"] = operate;
        Assert.Equal((0, ""), await Try("nodes", "cordon", "node-1"));
        Assert.Equal((0, ""), await Try("cancel", "eval-7"));

        async Task<(int ExitCode, string Mention)> Try(params string[] command)
        {
            var result = await bench.Run(["--server", server.Url, .. command]);
            return (result.ExitCode, new[] { "unauthenticated", "forbidden" }.FirstOrDefault(
                word => result.Error.Contains(word, StringComparison.Ordinal)) ?? "");
        }
    }

    [Fact]
    public async Task Whoami_tells_what_a_token_is_worth()
    {
        var file = bench.Path("tokens.json");
        bench.Variables["JOBTREE_TOKEN"] = TokenFile.Create(file, "ci", Role.Submitter, ["org:ai", "org:lab"]);
        await using var server = await ApiServer.OverSample(bench, file);
        var told = await bench.Run("--server", server.Url, "whoami");
        Assert.Equal((0, "name:       ci\nrole:       submitter\nowners:     org:ai, org:lab\nknown by:   token-file\n"
            + "token from: JOBTREE_TOKEN\n"), (told.ExitCode, told.Out));
        Assert.Contains("\"role\":\"submitter\"", (await bench.Run("--server", server.Url, "whoami", "-o", "json")).Out,
            StringComparison.Ordinal);
        bench.Variables["JOBTREE_TOKEN"] = "made-up";
        Assert.Equal(1, (await bench.Run("--server", server.Url, "whoami")).ExitCode);
        Assert.Equal(1, (await bench.Run("--state", bench.WriteSample(), "whoami")).ExitCode);
    }

    [Fact]
    public async Task The_trace_of_whoever_called_goes_along_and_otherwise_a_new_one()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        await using var server = await ApiServer.OverSample(bench);
        var run = bench.Write("run.yaml", """
            apiVersion: jobtree.dev/v1
            kind: Run
            metadata: {name: traced}
            spec: {owner: "org:lab", resources: {gpuType: H100-80GB, totalGPUs: 1}}
            """);
        foreach (var variable in new[] { trace, "no\r\ntrace", "" })
        {
            bench.Variables["TRACEPARENT"] = variable;
            var submitted = await bench.Run("--server", server.Url, "submit", "-f", run);
            Assert.Equal((0, ""), (submitted.ExitCode, submitted.Error));
        }
        Assert.Equal(trace, server.Fleet.Traces[0]);
        Assert.All(server.Fleet.Traces.Skip(1), own => Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", own));
        Assert.Equal(3, server.Fleet.Traces.Distinct().Count());
    }

    [Fact]
    public async Task Logs_come_through()
    {
        await using var server = await ApiServer.OverSample(bench, logs: new SampleLogs());
        Assert.Equal("step 1\n", (await bench.Run("--server", server.Url, "logs", "eval-7")).Out);
        Assert.Equal("warning\n", (await bench.Run("--server", server.Url, "logs", "eval-7", "--stderr")).Out);
        Assert.Equal("1/rank-0.out\n1/rank-0.err\n",
            (await bench.Run("--server", server.Url, "logs", "eval-7", "--list")).Out);
        var missing = await bench.Run("--server", server.Url, "logs", "eval-7", "--rank", "3");
        Assert.Equal((1, ""), (missing.ExitCode, missing.Out));
    }

    [Fact]
    public async Task Logs_where_none_are_kept_say_so()
    {
        await using var server = await ApiServer.OverSample(bench);
        var result = await bench.Run("--server", server.Url, "logs", "eval-7");
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
    }

    private sealed class SampleLogs : IRunLogs
    {
        private static readonly Dictionary<string, string> Files =
            new() { ["1/rank-0.out"] = "step 1\n", ["1/rank-0.err"] = "warning\n" };

        public IReadOnlyList<string> List(RunKey run) => [.. Files.Keys];

        public Stream? Open(RunKey run, string file) =>
            Files.TryGetValue(file, out var text) ? new MemoryStream(Encoding.UTF8.GetBytes(text)) : null;
    }
}
