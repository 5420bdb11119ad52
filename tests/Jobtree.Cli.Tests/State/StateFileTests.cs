using System.Runtime.Versioning;
using System.Text;
using Jobtree.Cli.State;
using Jobtree.Cli.Tests.Support;
using Jobtree.Manifests;

namespace Jobtree.Cli.Tests.State;

[UnsupportedOSPlatform("windows")]
public sealed class StateFileTests : IDisposable
{
    private const string Run =
        """
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: new}
        spec: {owner: "org:ai", resources: {gpuType: H100-80GB, totalGPUs: 4}}
        """;

    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task Reading_leaves_the_folder_as_it_was()
    {
        var file = bench.WriteSample();
        var (before, written) = (File.ReadAllBytes(file), File.GetLastWriteTimeUtc(file));
        foreach (var command in new[] { "list", "nodes", "budgets", "leases", "reservations", "flavors", "audit" })
            Assert.Equal(0, (await bench.Run("--state", file, command)).ExitCode);
        Assert.Equal(0, (await bench.Run("--state", file, "explain", "train-128")).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        Assert.Equal(["cluster.yaml"], Names());
    }

    [Fact]
    public async Task A_change_is_there_for_the_next_command_and_keeps_the_files_mode()
    {
        var file = bench.WriteSample();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var manifest = bench.Write("new.yaml", Run);
        Assert.Equal(0, (await bench.Run("--state", file, "submit", "-f", manifest)).ExitCode);
        Assert.Contains("default/new", (await bench.Run("list", "--state", file)).Out, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            File.GetUnixFileMode(file));
        Assert.Equal(["cluster.yaml", "cluster.yaml.lock", "new.yaml"], Names());
    }

    [Fact]
    public async Task A_refused_command_changes_nothing()
    {
        var file = bench.WriteSample();
        var before = File.ReadAllBytes(file);
        Assert.Equal(1, (await bench.Run("--state", file, "cancel", "nobody")).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Theory]
    [InlineData("kind: Node\n", "apiVersion")]
    [InlineData("{", "cluster.yaml")]
    [InlineData("apiVersion: jobtree.dev/v1\nkind: Node\nmetadata: {name: n}\nspec: {flavor: a, gpus: 65}\n", "64")]
    public async Task A_damaged_file_is_refused_and_left_alone(string text, string mention)
    {
        var file = bench.Write("cluster.yaml", text);
        var manifest = bench.Write("new.yaml", Run);
        foreach (var arguments in new[] { ["list"], new[] { "submit", "-f", manifest }, ["apply", "-f", manifest] })
        {
            var result = await bench.Run(["--state", file, .. arguments]);
            Assert.Equal(1, result.ExitCode);
            Assert.Empty(result.Out);
            Assert.Contains(mention, result.Error, StringComparison.Ordinal);
        }
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Fact]
    public async Task A_missing_file_is_made_by_apply_only()
    {
        var manifest = bench.Write("new.yaml", Run);
        var file = bench.Path("fresh.yaml");
        var refused = await bench.Run("--state", file, "submit", "-f", manifest);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("There is no state file", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        var made = await bench.Run("--state", file, "apply", "-f", manifest);
        Assert.Equal((0, "run default/new waiting: 22 of 32 GPUs are free.\n"), (made.ExitCode, made.Out));
        Assert.Contains("default/new", (await bench.Run("--state", file, "list")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_stays_a_link()
    {
        var file = bench.WriteSample();
        var link = bench.Path("link.yaml");
        File.CreateSymbolicLink(link, file);
        Assert.Equal(0, (await bench.Run("--state", link, "cancel", "eval-7")).ExitCode);
        Assert.Equal(file, new FileInfo(link).LinkTarget);
        Assert.Contains("Cancelled.", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.True(File.Exists(file + ".lock"));
    }

    [Fact]
    public async Task A_link_in_a_circle_and_a_folder_are_refused()
    {
        File.CreateSymbolicLink(bench.Path("a"), bench.Path("b"));
        File.CreateSymbolicLink(bench.Path("b"), bench.Path("a"));
        Assert.Equal(1, (await bench.Run("--state", bench.Path("a"), "list")).ExitCode);
        Assert.Contains("folder", (await bench.Run("--state", bench.Folder, "list")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_command_left_is_no_harm_and_is_removed()
    {
        var file = bench.WriteSample();
        var leftover = bench.Write(".cluster.yaml.0123.jobtree-tmp", "half of a fi");
        var other = bench.Write(".cluster.yaml.swp", "an editor's own");
        Assert.Equal(0, (await bench.Run("--state", file, "list")).ExitCode);
        Assert.True(File.Exists(leftover));
        Assert.Equal(0, (await bench.Run("--state", file, "cancel", "eval-7")).ExitCode);
        Assert.False(File.Exists(leftover));
        Assert.True(File.Exists(other));
    }

    [Fact]
    public async Task A_file_that_cannot_be_replaced_stays_whole_and_nothing_is_reported_as_done()
    {
        var file = bench.WriteSample();
        var before = File.ReadAllBytes(file);
        // A folder of that name makes the rename fail whoever runs the test; a mode would not stop root.
        bench.Fleets = (documents, time, cancellation) =>
        {
            File.Move(file, bench.Path("moved"));
            Directory.CreateDirectory(file);
            return Fleet.MemoryFleet.Create(documents, time, cancellation);
        };
        var result = await bench.Run("--state", file, "cancel", "eval-7");
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Equal(before, File.ReadAllBytes(bench.Path("moved")));
        Assert.DoesNotContain(Names(), name => name.EndsWith("tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_state_that_could_not_be_read_back_never_replaces_one_that_can()
    {
        var file = bench.WriteSample();
        var before = File.ReadAllBytes(file);
        bench.Fleets = (documents, time, cancellation) => Fleet.MemoryFleet.Create(
            [.. documents.Select(document => document is RunManifest run
                ? run with { Spec = run.Spec with { Owner = "not an owner\u0007" } } : document)],
            time, cancellation);
        var result = await bench.Run("--state", file, "cancel", "eval-7");
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains("Nothing was changed", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.Equal(2, (await bench.Run("--state", file, "complete", "eval-7", "--message", "\u001b[2J")).ExitCode);
    }

    [Fact]
    public async Task A_file_that_an_editor_changed_meanwhile_is_not_overwritten()
    {
        var file = bench.WriteSample();
        bench.Fleets = (documents, time, cancellation) =>
        {
            File.AppendAllText(file, "# mine\n");
            return Fleet.MemoryFleet.Create(documents, time, cancellation);
        };
        var result = await bench.Run("--state", file, "cancel", "eval-7");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("changed by another program", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("# mine\n", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_at_the_same_time_lose_no_change()
    {
        var file = bench.WriteSample();
        var names = Enumerable.Range(0, 12).Select(i => $"run-{i}").ToArray();
        var results = await Task.WhenAll(names.Select(name =>
            Task.Run(() => bench.Run("--state", file, "submit", "-f",
                bench.Write($"{name}.yaml", Run.Replace("new", name, StringComparison.Ordinal))))));
        Assert.All(results, result => Assert.Equal(0, result.ExitCode));
        var listed = (await bench.Run("--state", file, "list")).Out;
        Assert.All(names, name => Assert.Contains($"default/{name} ", listed, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readers_see_a_whole_file_while_it_is_replaced()
    {
        var file = bench.WriteSample();
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                Assert.Equal(0, (await bench.Run("--state", file, "list")).ExitCode);
        });
        for (var i = 0; i < 20; i++)
            Assert.Equal(0, (await bench.Run("--state", file, "nodes", i % 2 == 0 ? "cordon" : "uncordon", "node-1"))
                .ExitCode);
        await stop.CancelAsync();
        await reader;
    }

    [Fact]
    public async Task A_lock_that_is_held_is_waited_for_and_then_named()
    {
        var file = bench.WriteSample();
        var notices = new List<string>();
        var first = await StateLock.Take(file, TimeSpan.Zero, TimeProvider.System, notices.Add, default);
        Assert.True(first.Succeeded(out var held, out _));
        var second = await StateLock.Take(
            file, TimeSpan.FromSeconds(1), new TimeAfterNotice(notices), notices.Add, default);
        Assert.False(second.Succeeded(out _, out var problem));
        Assert.Contains("in use by another command", problem.Detail, StringComparison.Ordinal);
        Assert.Single(notices);
        var third = StateLock.Take(file, TimeSpan.FromMinutes(1), TimeProvider.System, notices.Add, default);
        held.Dispose();
        Assert.True((await third).Succeeded(out var taken, out _));
        taken.Dispose();
    }

    [Fact]
    public async Task Waiting_for_a_lock_ends_with_ctrl_c()
    {
        var file = bench.WriteSample();
        var taken = await StateLock.Take(file, TimeSpan.Zero, TimeProvider.System, _ => { }, default);
        Assert.True(taken.Succeeded(out var held, out _));
        using (held)
        {
            using var interrupt = new CancellationTokenSource();
            await interrupt.CancelAsync();
            var result = await bench.Run(["--state", file, "cancel", "eval-7"], interrupt.Token);
            Assert.Equal(130, result.ExitCode);
            Assert.Contains("--operation", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_whose_folder_is_missing_is_a_clear_refusal()
    {
        var result = await bench.Run(
            "--state", bench.Path("nowhere/cluster.yaml"), "apply", "-f", bench.Write("new.yaml", Run));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cannot be locked", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_oversized_manifest_is_refused_before_it_is_read()
    {
        var file = bench.WriteSample();
        var big = bench.Path("big.yaml");
        await using (var stream = File.Create(big))
            stream.SetLength(64L * 1024 * 1024 * 1024);
        var result = await bench.Run("--state", file, "apply", "-f", big);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("larger than", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_report_all_their_errors_and_apply_none()
    {
        var file = bench.WriteSample();
        var before = File.ReadAllBytes(file);
        var good = bench.Write("good.yaml", Run);
        var bad = bench.Write("bad.yaml", Run.Replace("totalGPUs: 4", "totalGPUs: 0", StringComparison.Ordinal));
        var worse = bench.Write("worse.json", Encoding.UTF8.GetString([0x7b, 0x22, 0xff]));
        var result = await bench.Run("--state", file, "submit", "-f", good, bad, "-f", worse);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("bad.yaml:4:", result.Error, StringComparison.Ordinal);
        Assert.Contains("worse.json:1:", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    private string[] Names() =>
        [.. Directory.EnumerateFileSystemEntries(bench.Folder).Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)];

    /// <summary>
    /// A clock that stands until something was noticed, and then is a minute on: so that no stall of the machine comes
    /// before the notice.
    /// </summary>
    private sealed class TimeAfterNotice(List<string> notices) : TimeProvider
    {
        public override long GetTimestamp() => notices.Count == 0 ? 0 : TimestampFrequency * 60;
    }
}
