using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Jobtree.Api.Access;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Monitoring.Tests.Logs;

/// <summary>
/// A silo that logs JSON and runs workloads as processes: two runs, one of which fails. Their lines go through the
/// shipped pipelines of the collector and into what the shipped Loki would have.
/// </summary>
public sealed class LoggedFleet : IAsyncLifetime
{
    private const string Container = "/var/lib/docker/containers/0a1b/0a1b-json.log";
    private const string Fleet = """
        {apiVersion: jobtree.dev/v1, kind: Node, metadata: {name: node-1}, spec: {flavor: H100, gpus: 8}}
        ---
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: "123", namespace: vision}
        spec:
          owner: org:vision
          resources: {gpuType: H100, totalGPUs: 1}
          workload: {command: [sh, -c, "echo Epoch 1/2: loss 0.5; echo Epoch 2/2: loss 0.4"]}
        ---
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: broken, namespace: vision}
        spec:
          owner: org:vision
          resources: {gpuType: H100, totalGPUs: 1}
          workload: {command: [sh, -c, "echo Epoch 1/9: loss 8; echo ERROR: no number >&2; exit 3"]}

        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("jobtree-logged-");

    /// <summary>Why it cannot be started here; null: it can.</summary>
    public static string? MissingBecause => !OperatingSystem.IsLinux() ? "The process executor needs Linux."
        : LogQuery.CanParse ? null : "@grafana/lezer-logql is not under artifacts/tools/npm.";

    /// <summary>What the silo printed.</summary>
    public IReadOnlyList<string> Printed { get; private set; } = [];

    /// <summary>What Loki has, of the silo and of its workloads.</summary>
    internal IReadOnlyList<LokiRecord> Records { get; private set; } = [];

    internal IReadOnlyList<LogEntry> OfSilo { get; private set; } = [];

    internal LokiMapping Loki { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (MissingBecause is not null)
            return;
        var data = Path.Combine(folder.FullName, "data");
        var tokens = Path.Combine(folder.FullName, "tokens.yaml");
        var token = TokenFile.Create(tokens, "test", Role.Operator, ["*"]);
        var (silo, address) = await HostProcess.Serve(data,
            "--empty", "--executor", "process", "--token-file", tokens, "--log-format", "json");
        using (silo)
        {
            await RunBoth(address, token);
            await silo.Stop();
            Printed = silo.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        var collector = Yaml.Read("deploy/compose/collector/collector.yaml");
        Loki = await LokiMapping.Shipped();
        var silos = new FilelogPipeline(collector.Map("receivers", "filelog/silos"));
        OfSilo = [.. Printed.Select(line => silos.Process(Docker(line), Container)!)];
        var workloads = new FilelogPipeline(collector.Map("receivers", "filelog/workloads"));
        var lines = WorkloadFiles(data, collector.List("receivers", "filelog/workloads", "include")).SelectMany(
            file => File.ReadLines(file.Real).Select(line => workloads.Process(line, file.Mounted)!));
        Records = [.. OfSilo.Concat(lines).Select(Loki.Take)];
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A line as Docker's json-file driver keeps it, with the tag that compose.yaml gives to silos.</summary>
    internal static string Docker(string line, string? tag = "jobtree/jobtree-silo-2-1") => JsonSerializer.Serialize(
        tag is null
            ? new { log = $"{line}\n", stream = "stdout", time = "2026-11-26T18:00:00.123456789Z" }
            : new
            {
                log = $"{line}\n", stream = "stdout", attrs = new { tag }, time = "2026-11-26T18:00:00.123456789Z",
            } as object);

    private static async Task RunBoth(Uri address, string token)
    {
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var body = new StringContent(Fleet, Encoding.UTF8, "application/yaml");
        using var answer = await http.PostAsync("v1/manifests", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await Eventually.Holds(async () => await Has(http, "123", "Completed") && await Has(http, "broken", "Failed"));
    }

    private static async Task<bool> Has(HttpClient http, string run, string phase) =>
        (await http.GetStringAsync($"v1/runs/vision/{run}")).Contains(
            $"\"phase\":\"{phase}\"", StringComparison.Ordinal);

    /// <summary>The files of workloads, with their names where compose.yaml mounts them.</summary>
    private static IEnumerable<(string Real, string Mounted)> WorkloadFiles(string data, IList<object> globs)
    {
        var logs = Path.Combine(data, "logs");
        foreach (var file in Directory.EnumerateFiles(logs, "*", SearchOption.AllDirectories))
        {
            var mounted = $"/workloads/{Path.GetRelativePath(logs, file)}";
            if (globs.Any(glob => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression($"{glob}", mounted)
                && $"{glob}".Count(letter => letter == '/') == mounted.Count(letter => letter == '/')))
                yield return (file, mounted);
        }
    }
}
