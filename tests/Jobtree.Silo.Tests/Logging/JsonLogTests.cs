using System.Net;
using System.Text.Json;
using Jobtree.Api.Access;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Logging;

/// <summary>The log of a silo as a collector reads it: every line is JSON, spans on the console too.</summary>
public sealed class JsonLogTests : IDisposable
{
    private static readonly string[] Levels = ["ERROR", "WARN", "INFO", "DEBUG"];
    private static readonly string[] Categories = ["SCHEDULER", "TARGET", "STATE", "SYSTEM"];
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_line_is_json_with_category_trace_and_caller_and_spans_are_lines_too()
    {
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        // The beginning of a forged line.
        const string reason = "fan {\"level\":\"ERROR\"} \\\" ü";
        var tokens = folder.Of("tokens");
        var token = TokenFile.Create(tokens, "ann", Role.Operator, ["*"]);
        await File.WriteAllTextAsync(folder.Of("silo.yaml"), """
            log-format: json
            telemetry:
              otel_exporter_endpoint: console
              service_name: night-shift
              sampling: {default: 0, rules: {schedule_job: 1, update_state: 1}}
            """);
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty", "--token-file", tokens, "--config", folder.Of("silo.yaml")]);
        using (silo)
        {
            using var client = new FleetClient(address, token);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            using var submit = new HttpRequestMessage(HttpMethod.Post, "/v1/runs");
            submit.Content = new StringContent(Fleets.Run("traced"), System.Text.Encoding.UTF8, "application/json");
            submit.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-00");
            using (var answer = await client.Send(submit))
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var (status, _) = await client.Command(
                "/v1/nodes/n1/state", new { state = "Cordoned", reason }, "cordon");
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs/default/traced/cancel", "", "cancel"));
            Assert.Equal(0, await silo.Stop());
        }
        var lines = silo.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parsed).ToList();
        Assert.All(lines, line =>
        {
            Assert.Contains(Text(line, "level"), Levels);
            Assert.Contains(Text(line, "category"), Categories);
            Assert.Equal("jobtree", Text(line, "job"));
            Assert.True(line.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        });
        Assert.DoesNotContain(token, silo.Said, StringComparison.Ordinal);

        var bound = Event(lines, "RunBound");
        Assert.Equal(("SCHEDULER", "default/traced", trace, "ann"), (Text(bound, "category"), Text(bound, "job_id"),
            Text(bound, "trace_id"), Text(bound.GetProperty("fields"), "caller")));
        Assert.Equal(["gpus", "flavor", "attempt", "caller"],
            bound.GetProperty("fields").EnumerateObject().Select(field => field.Name));
        Assert.Equal("cancelled", Text(Event(lines, "RunEnded").GetProperty("fields"), "outcome"));
        var cordon = lines.Single(line => Text(line, "event") == "ObjectsChanged" && Text(line, "message").Contains(
            "cordoned", StringComparison.Ordinal));
        Assert.Equal(("TARGET", reason), (Text(cordon, "category"), Text(cordon.GetProperty("fields"), "reason")));
        Assert.Contains(lines, line => Text(line, "event") == "ObjectsChanged" && Text(line, "category") == "STATE");
        Assert.Contains(lines, line => Text(line, "event") == "Stopped" && Text(line, "category") == "SYSTEM");

        // The caller records nothing, and still the admission is there, in the caller's trace.
        var admission = lines.Single(line => Span(line) == "schedule_job");
        Assert.Equal((trace, "night-shift", "SCHEDULER"),
            (Text(admission, "trace_id"), Text(admission, "service"), Text(admission, "category")));
        var attributes = admission.GetProperty("attributes");
        Assert.Equal(("default/traced", "n1", "fundable"), (Text(attributes, "job_id"), Text(attributes, "target_id"),
            Text(attributes, "priority")));
        var changes = lines.Where(line => Span(line) == "state_update").Select(line => line.GetProperty("attributes"))
            .Select(change => (Text(change, "target_id"), Text(change, "state_type"), Text(change, "operation")))
            .ToHashSet();
        Assert.Superset(
            new HashSet<(string, string, string)>
            {
                ("n1", "node", "put"), ("ai", "budget", "put"), ("n1", "lease", "open"), ("H100", "lease", "close"),
                ("default/traced", "run", "submit"), ("default/traced", "run", "started"),
                ("default/traced", "run", "end"),
            },
            changes);
        // Nothing else of the trace is recorded at a share of 0.
        Assert.DoesNotContain(lines, line => Span(line) is not ("" or "schedule_job" or "state_update"));
    }

    private static JsonElement Parsed(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement;
        }
        catch (JsonException)
        {
            throw new InvalidDataException($"This line is not JSON: {line}");
        }
    }

    private static JsonElement Event(List<JsonElement> lines, string name) =>
        Assert.Single(lines, line => Text(line, "event") == name);

    private static string Span(JsonElement line) => Text(line, "span");

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString()! : "";
}
