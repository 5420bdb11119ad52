using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Jobtree.Api.Access;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Metrics;

namespace Jobtree.Silo.Tests.Security;

/// <summary>What workloads get of the silo that starts them as processes, and who gets what is secret.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProcessSecurityTests : IDisposable
{
    private const UnixFileMode OwnersOnly =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TestFolder folder = new();
    private readonly string token;

    public ProcessSecurityTests() => token = TokenFile.Create(Tokens, "all", Role.Operator, ["*"]);

    private string Data => folder.Of("data");

    private string Tokens => folder.Of("tokens");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_secret_is_in_nothing_that_a_silo_answers_says_or_keeps()
    {
        var secrets = folder.Of("secrets");
        Directory.CreateDirectory(Path.Combine(secrets, "default"));
        File.SetUnixFileMode(secrets, OwnersOnly);
        await File.WriteAllTextAsync(Path.Combine(secrets, "default", "token"), "hunter2\n");
        var (host, address) = await HostProcess.Serve(Data, "--empty", "--executor", "process", "--token-file", Tokens,
            "--secrets-dir", secrets, "--log-level", "debug");
        using (host)
        {
            using var client = new FleetClient(address, token);
            await Submit(client, "told", "[ $TOKEN = hunter''2 ] && echo yes", """{"secret":"token"}""");
            await Submit(client, "absent", "echo never", """{"file":"other/token"}""");
            await client.Until("/v1/runs/default/absent", run => PhaseOf(run) == "Failed");
            await client.Until("/v1/runs/default/told", run => PhaseOf(run) == "Completed");
            Assert.Equal("yes\n", await client.Text("/v1/runs/default/told/logs/1/rank-0.out"));
            var told = await client.Text("/v1/runs/default/told");
            Assert.Contains("""{"TOKEN":{"valueFrom":{"secret":"token"}}}""", told.Replace(" ", "",
                StringComparison.Ordinal), StringComparison.Ordinal);
            var absent = await client.Text("/v1/runs/default/absent");
            Assert.Contains("TOKEN takes its value from the secret 'other/token' of the namespace default, but there "
                + "is none of that name that this host may read.", absent, StringComparison.Ordinal);
            string[] answers =
            [
                told, absent, await client.Text("/v1/runs"), await client.Text("/v1/ledger/H100"),
                await client.Text("/v1/audit-log"), await client.Text("/metrics"),
            ];
            Assert.Equal(0, await host.Stop());
            Assert.All([.. answers, host.Said], text => Assert.DoesNotContain("hunter2", text,
                StringComparison.Ordinal));
        }
        // The next silo reads the reference back from the journal.
        var (next, there) = await HostProcess.Serve(Data, "--executor", "process", "--token-file", Tokens);
        using (next)
        {
            using var client = new FleetClient(there, token);
            Assert.Contains("\"valueFrom\"", await client.Text("/v1/runs/default/told"), StringComparison.Ordinal);
            Assert.Equal(0, await next.Stop());
        }
        var kept = Directory.GetFiles(Data, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(kept);
        foreach (var file in kept)
            Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_workload_of_the_same_user_cannot_read_the_environment_and_memory_of_the_silo()
    {
        await Run("chown", "-R", "nobody", Path.GetDirectoryName(Data)!);
        string[] asNobody = ["setpriv", "--reuid=nobody", "--clear-groups"];
        var (host, address) = await HostProcess.ServeSiloUnder(asNobody,
            ["--data", Data, "--empty", "--executor", "process", "--token-file", Tokens],
            ("DATABASE_PASSWORD", "hunter2"), ("HOME", "/nonexistent"));
        using (host)
        {
            using var client = new FleetClient(address, token);
            await Submit(client, "spy", $"id -un; for f in environ maps mem fd/0; do cat /proc/{host.Id}/$f >/dev/null "
                + "&& echo $f; done; env; echo end", null);
            await client.Until("/v1/runs/default/spy", run => PhaseOf(run) == "Completed");
            var output = await client.Text("/v1/runs/default/spy/logs/1/rank-0.out");
            Assert.StartsWith("nobody\n", output, StringComparison.Ordinal);
            Assert.EndsWith("\nend\n", output, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
            Assert.DoesNotContain("\nenviron\n", output, StringComparison.Ordinal);
            Assert.DoesNotContain("\nmaps\n", output, StringComparison.Ordinal);
            Assert.DoesNotContain("\nmem\n", output, StringComparison.Ordinal);
        }
    }

    [RootFact]
    public async Task A_workload_runs_as_the_user_of_its_owner()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty", "--executor", "process", "--token-file", Tokens,
            "--user-map", Map("org:* nobody"));
        using (host)
        {
            using var client = new FleetClient(address, token);
            await Submit(client, "who", "id -un; pwd >where; cat where", null);
            await client.Until("/v1/runs/default/who", run => PhaseOf(run) == "Completed");
            Assert.StartsWith($"nobody\n{Data}/attempts/default/who/",
                await client.Text("/v1/runs/default/who/logs/1/rank-0.out"), StringComparison.Ordinal);
        }
    }

    [RootFact]
    public async Task A_user_map_that_the_host_cannot_keep_is_refused_in_one_sentence()
    {
        var map = Map("org:* nobody");
        Assert.Contains("may not start processes as the user nobody of the user map: run it as root", await Refused(
            ["setpriv", "--bounding-set=-setuid,-setgid"], map), StringComparison.Ordinal);
        File.SetUnixFileMode(Path.GetDirectoryName(Data)!, OwnersOnly);
        Assert.Contains($"nobody of the user map does not reach {Path.GetDirectoryName(Data)}: let others pass",
            await Refused(["env"], map), StringComparison.Ordinal);
        File.SetUnixFileMode(map, OwnersOnly | UnixFileMode.OtherWrite);
        Assert.Contains($"chmod go-w {map}", await Refused(["env"], map), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Who_starts_no_processes_is_given_neither_users_nor_secrets()
    {
        using var host = HostProcess.Start("up", "--data", Data, "--port", "0", "--user-map", Map("* nobody"));
        Assert.Equal(1, await host.Exit());
        Assert.Contains("--user-map and --secrets-dir are for --executor process.", host.Said,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    private async Task<string> Refused(string[] wrapper, string map)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => HostProcess.ServeSiloUnder(
            wrapper, ["--data", Data, "--executor", "process", "--token-file", Tokens, "--user-map", map]));
        Assert.DoesNotContain("   at ", refusal.Message, StringComparison.Ordinal);
        return refusal.Message;
    }

    private string Map(string lines)
    {
        var path = folder.Of("users");
        File.WriteAllText(path, lines);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, OwnersOnly | UnixFileMode.OtherExecute);
        return path;
    }

    private static async Task Submit(FleetClient client, string name, string script, string? from)
    {
        await client.Post("/v1/manifests", Fleets.Small, "fleet");
        var env = from is null ? "" : $$$""","env":{"TOKEN":{"valueFrom":{{{from}}}}}""";
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", $$$"""
            {"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"{{{name}}}"},
             "spec":{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":1},
                     "workload":{"command":["sh","-c","{{{script}}}"]{{{env}}} } }}
            """, $"submit-{name}"));
    }

    private static string? PhaseOf(System.Text.Json.JsonElement run) =>
        run.GetProperty("status").GetProperty("phase").GetString();

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
