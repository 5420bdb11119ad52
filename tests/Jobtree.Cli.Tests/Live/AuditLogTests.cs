using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Live;

/// <summary><c>audit-log</c> over the real API and its log on disk.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task It_tells_who_changed_what_and_who_was_refused()
    {
        var file = bench.Path("tokens.json");
        var looker = TokenFile.Create(file, "looker", Role.Viewer, ["*"]);
        var root = TokenFile.Create(file, "root", Role.Operator, ["*"]);
        using var log = AuditFolder.Open(bench.Path("audit"), AuditRetention.OnDisk, TimeProvider.System);
        await using var server = await ApiServer.OverSample(bench, file, audit: log);
        bench.Variables["JOBTREE_SERVER"] = server.Url;
        bench.Variables["JOBTREE_TOKEN"] = looker;
        Assert.Equal(1, (await Run("cancel", "eval-7")).ExitCode);
        Assert.Equal(1, (await Run("audit-log")).ExitCode);
        bench.Variables["JOBTREE_TOKEN"] = root;
        Assert.Equal(0, (await Run("cancel", "eval-7")).ExitCode);
        Assert.Equal(0, (await Run("nodes", "cordon", "node-1", "--reason", "fan")).ExitCode);

        var all = (await Run("audit-log", "--since", "2000-01-01")).Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[(line.IndexOf('Z', StringComparison.Ordinal) + 1)..]).ToArray();
        Assert.Equal(4, all.Length);
        Assert.Equal("  looker (viewer) from 127.0.0.1  POST /v1/runs/{namespace}/{name}/cancel default/eval-7:"
            + "  403 forbidden", all[0]);
        Assert.StartsWith("  root (operator) from 127.0.0.1  POST /v1/runs/{namespace}/{name}/cancel "
            + "Run default/eval-7: Running, ", all[2], StringComparison.Ordinal);
        Assert.EndsWith("  200", all[2], StringComparison.Ordinal);
        Assert.Equal("  root (operator) from 127.0.0.1  POST /v1/nodes/{name}/state Node node-1: "
            + "8 H100-80GB, Ready -> changed: Cordoned  200", all[3]);
        Assert.Contains("\"target\":\"Node node-1\"", Assert.Single((await Run(
            "audit-log", "--since", "2000-01-01", "--target", "node-1", "-o", "json")).Out.Trim().Split('\n')),
            StringComparison.Ordinal);
        Assert.Equal(2, (await Run("audit-log", "--since", "2000-01-01", "--refused")).Out.Trim().Split('\n').Length);
        Assert.Equal("", (await Run("audit-log", "--since", "2000-01-01", "--token", "nobody")).Out);
    }

    [Fact]
    public async Task A_changed_entry_breaks_the_chain()
    {
        using (var log = AuditFolder.Open(bench.Path("audit"), AuditRetention.OnDisk, TimeProvider.System))
        {
            await using var server = await ApiServer.OverSample(bench, audit: log);
            bench.Variables["JOBTREE_SERVER"] = server.Url;
            foreach (var node in new[] { "node-1", "node-2", "node-3" })
                Assert.Equal(0, (await bench.Run("nodes", "cordon", node)).ExitCode);
            var whole = await bench.Run("audit-log", "--check");
            Assert.Equal(0, whole.ExitCode);
            Assert.StartsWith("Entries 1 to 3: the chain is unbroken. Its head is ", whole.Out,
                StringComparison.Ordinal);
            var contradiction = await bench.Run("audit-log", "--check", "--refused");
            Assert.Equal(2, contradiction.ExitCode);
            Assert.Contains("leave --refused out", contradiction.Error, StringComparison.Ordinal);
        }
        var path = Assert.Single(Directory.GetFiles(bench.Path("audit")));
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace(
            "Node node-2", "Node node-9", StringComparison.Ordinal));
        using var changed = AuditFolder.Open(bench.Path("audit"), AuditRetention.OnDisk, TimeProvider.System);
        await using var again = await ApiServer.OverSample(bench, audit: changed);
        bench.Variables["JOBTREE_SERVER"] = again.Url;
        var broken = await bench.Run("audit-log", "--check");
        Assert.Equal(1, broken.ExitCode);
        Assert.Contains("broken before entry 3", broken.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_file_has_none()
    {
        var refused = await bench.Run("--state", bench.WriteSample(), "audit-log");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("A state file has no audit log", refused.Error, StringComparison.Ordinal);
    }

    private Task<CliResult> Run(params string[] command) => bench.Run(command);
}
