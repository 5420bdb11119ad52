using Jobtree.Api.Access;
using Jobtree.Cli.Tests.Support;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Tracing;

namespace Jobtree.Cli.Tests.Live;

/// <summary>One trace, from the command line to the workload: three processes and a collector of loopback.</summary>
public sealed class TraceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task One_trace_leads_from_the_command_line_through_the_grains_to_the_workload()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Workloads are processes on Linux only.");
        using var collector = new Collector();
        var tokens = bench.Path("tokens.json");
        var token = TokenFile.Create(tokens, "ann", Role.Operator, ["*"]);
        // The collector is named in the silo's configuration file, and in a standard variable for the command.
        var config = bench.Write("silo.yaml", $$"""
            executor: process
            empty: true
            token-file: {{tokens}}
            telemetry:
              otel_exporter_endpoint: {{collector.Address}}v1/traces
            """);
        var (host, address) = await HostProcess.ServeSilo(
            ["--data", bench.Path("data"), "--config", config], ("OTEL_BSP_SCHEDULE_DELAY", "100"));
        using (host)
        {
            var server = address.GetLeftPart(UriPartial.Authority);
            var traced = new Dictionary<string, string>
            {
                ["JOBTREE_TOKEN"] = token,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            };
            var untraced = new Dictionary<string, string> { ["JOBTREE_TOKEN"] = token };
            await Run(untraced, "--server", server, "apply", "-f", bench.Write("node.yaml",
                "apiVersion: jobtree.dev/v1\nkind: Node\nmetadata: {name: n1}\nspec: {flavor: H100, gpus: 8}\n"));
            await Run(traced, "--server", server, "submit", "-f", bench.Write("run.yaml", """
                apiVersion: jobtree.dev/v1
                kind: Run
                metadata: {name: traced}
                spec:
                  owner: org:ai
                  resources: {gpuType: H100, totalGPUs: 1}
                  workload: {command: [sh, -c, "echo $TRACEPARENT"]}
                """));
            // The log follows the file until the run has ended.
            var parts = "".Split('-');
            await Eventually.Holds(async () => (parts = (await CliProcess.Run(
                untraced, "--server", server, "logs", "traced")).Out.Trim().Split('-')).Length == 4, Patience,
                "the workload writes its trace");
            Assert.Equal(("00", "01"), (parts[0], parts[3]));

            // The executor's span is the one that the workload continues.
            await Eventually.Holds(() => IsWhole(SpansOf(collector, parts[1]), parts[2]), Patience,
                "the collector has the executor's span and every parent");
            var spans = SpansOf(collector, parts[1]);
            var launch = spans[parts[2]];
            Assert.Equal(("launch_job", "default/traced", "n1", "1"), (launch.Name, launch.Attributes["job_id"],
                launch.Attributes["target_id"], launch.Attributes["attempt"]));
            var run = spans[launch.Parent];
            Assert.Equal("IRun/Submit", run.Name);
            var path = PathOf(spans, run);
            Assert.Contains(path, span => span.Name == "POST /v1/manifests");
            Assert.Equal(("jobtree-cli", "kubectl-runs submit", ""),
                (path[^1].Service, path[^1].Name, path[^1].Parent));
            Assert.All(path.SkipLast(1).Append(launch), span => Assert.Equal("jobtree-silo", span.Service));

            var admission = spans.Values.Single(span => span.Name == "schedule_job");
            Assert.Equal(("default/traced", "n1"),
                (admission.Attributes["job_id"], admission.Attributes["target_id"]));
            Assert.Equal("unfundable", admission.Attributes["priority"]);
            Assert.Equal("IFlavor/Admit", spans[admission.Parent].Name);
            // The run asked the flavor, and the flavor's record is within the admission.
            Assert.Contains(run.Id, PathOf(spans, admission).Select(span => span.Id));
            Assert.Equal(0, await host.Stop());
        }
    }

    [Fact]
    public async Task A_collector_that_is_not_there_delays_a_command_little_and_changes_nothing_of_it()
    {
        var state = bench.WriteSample();
        var plain = await CliProcess.Run("--state", state, "list");
        var traced = await CliProcess.Run("--state", state, "--otel-endpoint", "http://127.0.0.1:1", "list");
        Assert.Equal((plain.ExitCode, plain.Out, plain.Error), (traced.ExitCode, traced.Out, traced.Error));
        var shown = await CliProcess.Run("--state", state, "--otel-endpoint", "console", "list");
        Assert.Equal((plain.ExitCode, plain.Out), (shown.ExitCode, shown.Out));
        Assert.Contains("\"span\":\"kubectl-runs list\"", shown.Error, StringComparison.Ordinal);
        var wrong = await CliProcess.Run("--otel-endpoint", "ftp://user:secret@x", "list");
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Out));
        Assert.DoesNotContain("secret", wrong.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, OtlpSpan> SpansOf(Collector collector, string trace) =>
        collector.Spans.Where(span => span.TraceId == trace).ToDictionary(span => span.Id);

    private static bool IsWhole(Dictionary<string, OtlpSpan> spans, string last) => spans.ContainsKey(last)
        && spans.Values.All(span => span.Parent.Length == 0 || spans.ContainsKey(span.Parent));

    private static List<OtlpSpan> PathOf(Dictionary<string, OtlpSpan> spans, OtlpSpan from)
    {
        var path = new List<OtlpSpan>();
        for (var span = from; ; span = spans[span.Parent])
        {
            path.Add(span);
            if (span.Parent.Length == 0 || path.Count > spans.Count)
                return path;
        }
    }

    private static async Task Run(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var result = await CliProcess.Run(variables, arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }
}
