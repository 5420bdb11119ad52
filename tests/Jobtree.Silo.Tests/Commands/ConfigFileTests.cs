using System.CommandLine;
using System.Net;
using Jobtree.Silo.Commands;
using Jobtree.Silo.Commands.Configuration;
using Jobtree.Silo.Hosting;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Tracing;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Tests.Commands;

public sealed class ConfigFileTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly UpOptions up = new();
    private readonly ClusterOptionSet cluster = new();
    private readonly Option<FileInfo?> config = new("--config");
    private readonly Command command;

    public ConfigFileTests()
    {
        command = new Command("up") { config };
        up.AddTo(command);
        cluster.AddTo(command);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_option_may_stand_in_the_file_and_the_command_line_wins()
    {
        var (settings, clustered) = Read("""
            # A comment.
            data: /var/lib/jobtree
            port: 9000
            listen: ::1
            allow-host: [one.example, two.example]
            allow-origin: https://ui.example
            requests-per-second: 0
            empty: true
            executor: simulated
            simulated-duration: 2.5
            log-level: debug
            log-format: json
            service-id: prod
            redis: cache:6379
            history-postgres: Host=db.example;Username=silo
            drain: 7
            """, "--port", "1", "--drain=3");
        Assert.Equal(("/var/lib/jobtree", 1, IPAddress.IPv6Loopback, 0), (settings.Folder, settings.Api.Port,
            settings.Api.Address, settings.Api.RequestsPerSecondMax));
        Assert.Equal(["one.example", "two.example"], settings.Api.AllowedHosts);
        Assert.Equal(["https://ui.example"], settings.Api.AllowedOrigins);
        Assert.Equal((true, TimeSpan.FromSeconds(2.5), LogLevel.Debug, true), (settings.Empty,
            settings.SimulatedDuration, settings.Log.Level, settings.Log.IsJson));
        Assert.Equal(("prod", TimeSpan.FromSeconds(3), "silo"),
            (clustered.ServiceId, clustered.Drain, clustered.HistoryPostgres?.Username));
    }

    [Fact]
    public void The_section_telemetry_says_where_traces_go_and_which()
    {
        var telemetry = File("""
            telemetry:
              otel_exporter_endpoint: http://collector:4318/v1/traces
              service_name: east
              sampling:
                default: 1
                rules: {update_state: 0.25}
            """).Telemetry;
        Assert.Equal(new Uri("http://collector:4318/v1/traces"), telemetry.Endpoint!.Endpoint);
        Assert.Equal(("east", 1.0), (telemetry.ServiceName, telemetry.Sampling!.Default));
        Assert.Equal(new Dictionary<string, double> { ["schedule_job"] = 1, ["state_update"] = 0.25 },
            telemetry.Sampling.Rules);
        Assert.True(File("telemetry: {otel_exporter_endpoint: console}").Telemetry.Endpoint!.IsConsole);
        Assert.Equal(new Uri("http://collector:4318/v1/traces"), File(
            "telemetry: {otel_exporter_endpoint: 'http://collector:4318'}").Telemetry.Endpoint!.Endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet\n")]
    public void An_empty_file_changes_nothing(string text)
    {
        Assert.Equal(8080, Read(text).Up.Api.Port);
        Assert.Equal(new TelemetrySettings(), File(text).Telemetry);
    }

    [Theory]
    [InlineData("port: 1\nprot: 2\n", "silo.yaml:2: 'prot' is unknown; known are: ")]
    [InlineData("config: other.yaml", "silo.yaml:1: 'config' is unknown")]
    [InlineData("help: true", "silo.yaml:1: 'help' is unknown")]
    [InlineData("port: 1\nport: 2\n", "silo.yaml:2: 'port' is given twice.")]
    [InlineData("\nport: many", "silo.yaml:2: ")]
    [InlineData("port: 70000", "silo.yaml:1: --port takes a port, 0 to 65535, not 70000.")]
    [InlineData("port: [1, 2]", "silo.yaml:1: port takes one value.")]
    [InlineData("port:", "silo.yaml:1: port has no value.")]
    [InlineData("allow-host: {a: b}", "silo.yaml:1: allow-host takes a value or a list of values.")]
    [InlineData("log-level: loud", "silo.yaml:1: ")]
    [InlineData("redis: 'cache:6379,password=hunter2'", "redis-file")]
    [InlineData("history-postgres: 'Host=db;Password=hunter2'", "history-postgres-file")]
    [InlineData("history-postgres: 'Host=db;PWD=hunter2'", "history-postgres-file")]
    [InlineData("data: &a x\nlisten: *a", "silo.yaml:1: anchors, aliases and tags are not allowed.")]
    [InlineData("- port", "silo.yaml:1: expected settings")]
    [InlineData("port: 1\n--- \nport: 2", "silo.yaml:2: the file has a second document")]
    [InlineData("port: 1\n  broken: [", "silo.yaml:2: not valid YAML")]
    [InlineData("port: {a: {b: {c: {d: {e: f}}}}}", "silo.yaml:1: the settings are nested too deeply.")]
    [InlineData("telemetry: on", "silo.yaml:1: telemetry takes settings")]
    [InlineData("telemetry:\n  endpoint: x", "silo.yaml:2: 'telemetry.endpoint' is unknown; known here are: otel_")]
    [InlineData("telemetry:\n  otel_exporter_endpoint: 'http://me:hunter2@x/'", "silo.yaml:2: ")]
    [InlineData("telemetry:\n  otel_exporter_endpoint: collector:4318", "silo.yaml:2: ")]
    [InlineData("telemetry:\n  service_name: ''", "silo.yaml:2: telemetry.service_name takes 1 to 63 characters.")]
    [InlineData("telemetry:\n  sampling:\n    default: 1.5", "silo.yaml:3: '1.5' is no share")]
    [InlineData("telemetry:\n  sampling:\n    default: NaN", "silo.yaml:3: 'NaN' is no share")]
    [InlineData("telemetry:\n  sampling:\n    rules: {bind: 1}",
        "silo.yaml:3: 'telemetry.sampling.rules.bind' is unknown; known here are: ")]
    [InlineData("telemetry:\n  sampling:\n    rules: {state_update: 1, update_state: 0}",
        "silo.yaml:3: telemetry.sampling.rules.update_state: there is a rule for the span state_update already.")]
    public void What_is_wrong_is_named_with_its_line(string text, string message)
    {
        var refusal = Assert.Throws<ArgumentException>(() => File(text));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith("silo.yaml:", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_or_too_large_is_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<ArgumentException>(() => ConfigFile.Read(
            new FileInfo(folder.Of("none")), command)).Message, StringComparison.Ordinal);
        Assert.Contains("larger than 64 KiB", Assert.Throws<ArgumentException>(() =>
            File(new string('#', 70_000))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces")]
    [InlineData("https://tempo.example/otlp/v1/traces", "https://tempo.example/otlp/v1/traces")]
    [InlineData("file:///tmp/x", null)]
    [InlineData("stdout", null)]
    public void An_endpoint_is_an_address_or_the_console(string text, string? address)
    {
        Assert.Equal(address is not null, TraceTarget.TryParse(text, out var target));
        Assert.Equal(address, target?.Endpoint?.ToString());
    }

    private ConfigFile File(string text)
    {
        System.IO.File.WriteAllText(folder.Of("silo.yaml"), text);
        return ConfigFile.Read(new FileInfo(folder.Of("silo.yaml")), command, config);
    }

    private (UpSettings Up, ClusterSettings Cluster) Read(string text, params string[] arguments)
    {
        var parsed = File(text).Complete(command.Parse(arguments));
        Assert.Empty(parsed.Errors);
        return (up.Read(parsed), cluster.Read(parsed));
    }
}
