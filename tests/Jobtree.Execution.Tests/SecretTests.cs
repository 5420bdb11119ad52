using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests;

/// <summary>Variables whose values only the process gets.</summary>
[SuppressMessage("Interoperability", "CA1416", Justification = "The process executor runs on Linux only.")]
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class SecretTests : IAsyncLifetime
{
    private const UnixFileMode OwnersOnly =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("jobtree-secrets-");
    private readonly ProcessHost host;

    public SecretTests() => host = new ProcessHost(options => options with { SecretsFolder = folder.FullName });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_process_gets_its_secrets_and_nothing_that_is_kept_has_them()
    {
        Put("team/token", "hunter2\n");
        Put("team/keys/s3", "line 1\nhünter3\n\n");
        Put("team/empty", "");
        var launch = Of("train", "sh", "-c", "printf '<%s>' \"$TOKEN\" \"$KEY\" \"$EMPTY\" \"$PLAIN\" | md5sum; "
            + "printf '<%s>' 'hunter'2 'line 1\nhünter'\"3\n\" '' plain | md5sum");
        launch = With(launch, ("TOKEN", new() { Secret = "token" }), ("KEY", new() { File = "keys/s3" }),
            ("EMPTY", new() { Secret = "empty" }));

        Assert.True((await host.Run(launch)).Succeeded);

        var sums = host.Output(launch, "rank-0.out").Split('\n');
        Assert.Equal(sums[1], sums[0]);
        foreach (var file in Directory.GetFiles(host.Folder, "*", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(file);
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
            Assert.DoesNotContain("hünter3", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Secrets_of_roles_are_theirs_alone_and_last_for_a_new_start()
    {
        Put("team/a", "of-a");
        Put("team/b", "of-b");
        var launch = Of("roles", "unused");
        WorkloadRole Role(string name) => new()
        {
            Name = name, Width = 1, GpusPerPod = 4, Command =
                ["sh", "-c", "[ -e once-$JOBTREE_ROLE ] && echo $S && exit; >once-$JOBTREE_ROLE; exit 1"],
            Secrets = new Dictionary<string, SecretReference> { ["S"] = new() { Secret = name } },
            FailurePolicy = PodFailurePolicy.Retry, Retries = 1, BackOff = TimeSpan.FromMilliseconds(1),
        };
        launch = launch with { Spec = launch.Spec with { Workload = new Workload { Roles = [Role("a"), Role("b")] } } };
        Assert.True((await host.Run(launch)).Succeeded);
        Assert.Equal("of-a\n", host.Output(launch, "rank-0.out"));
        Assert.Equal("of-b\n", host.Output(launch, "rank-1.out"));
    }

    [Fact]
    public async Task A_run_that_waited_while_its_host_was_away_gets_its_secrets_as_they_are_now()
    {
        await host.Restart(options => options with { RanksMax = 1 });
        Put("team/token", "old");
        var first = Of("first", "sh", "-c", "until [ -e go ]; do sleep 0.01; done");
        var second = With(Of("second", "sh", "-c", "echo $S"), ("S", new() { Secret = "token" }));
        await host.Start(first);
        await host.Start(second);
        await host.Restart();
        Put("team/token", "new");
        var work = Path.Combine(host.Folder, "attempts", "team", "first");
        await Eventually.Holds(() => Directory.GetDirectories(work, "work", SearchOption.AllDirectories).Length > 0);
        await File.WriteAllTextAsync(
            Path.Combine(Directory.GetDirectories(work, "work", SearchOption.AllDirectories).Single(), "go"), "");
        Assert.True((await host.Exits.Next()).Succeeded);
        Assert.True((await host.Exits.Next()).Succeeded);
        Assert.Equal("new\n", host.Output(second, "rank-0.out"));
    }

    [Theory]
    [InlineData("../other/token", true)]
    [InlineData("../other/token", false)]
    [InlineData("keys/../../other/token", true)]
    [InlineData("/etc/passwd", true)]
    [InlineData("//etc/passwd", true)]
    [InlineData("keys/s3", false)]
    [InlineData("keys", true)]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData(".", true)]
    [InlineData("token\n", true)]
    [InlineData("to\0ken", true)]
    [InlineData("link-out", false)]
    [InlineData("link-in", false)]
    [InlineData("linked/token", true)]
    [InlineData("pipe", false)]
    [InlineData("device", false)]
    [InlineData("absent", false)]
    public async Task What_is_no_secret_of_the_namespace_cannot_be_had(string name, bool isFile)
    {
        Put("team/token", "hunter2");
        Put("team/keys/s3", "hunter2");
        Put("other/token", "hunter2");
        var team = Path.Combine(folder.FullName, "team");
        File.CreateSymbolicLink(Path.Combine(team, "link-out"), "../other/token");
        File.CreateSymbolicLink(Path.Combine(team, "link-in"), "token");
        File.CreateSymbolicLink(Path.Combine(team, "device"), "/dev/zero");
        Directory.CreateSymbolicLink(Path.Combine(team, "linked"), "../other");
        using (var made = Process.Start("mkfifo", Path.Combine(team, "pipe")))
            await made.WaitForExitAsync();
        var launch = With(Of("thief", "/bin/true"),
            ("S", isFile ? new() { File = name } : new SecretReference { Secret = name }));

        var exit = await host.Run(launch);

        Assert.False(exit.Succeeded);
        Assert.StartsWith("workload.env: S takes its value from the secret '", exit.Message, StringComparison.Ordinal);
        Assert.EndsWith("' of the namespace team, but there is none of that name that this host may read.",
            exit.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(exit.Message!, char.IsControl);
        Assert.Empty(host.Logs.List(launch.Run));
    }

    [Fact]
    public async Task A_namespace_that_is_a_link_has_no_secrets()
    {
        Put("other/token", "hunter2");
        Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "team"), "other");
        Assert.False((await host.Run(With(Of("thief", "/bin/true"), ("S", new() { Secret = "token" })))).Succeeded);
    }

    [Fact]
    public async Task A_secret_that_no_variable_can_hold_fails_the_run_and_is_not_repeated()
    {
        Put("team/large", new string('x', 32 * 1024 + 1));
        Put("team/nul", "hunter2\0");
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "team", "binary"), [0x68, 0xFF, 0xFE]);
        foreach (var (name, says) in new[]
        {
            ("large", "more than 32768 bytes"), ("nul", "NUL"), ("binary", "no text"),
        })
        {
            var exit = await host.Run(With(Of(name, "/bin/true"), ("S", new() { Secret = name })));
            Assert.Contains(says, exit.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", exit.Message, StringComparison.Ordinal);
        }
        Assert.Contains("'A?B' is not a name", (await host.Run(With(Of("name", "/bin/true"), ("A\nB", new()
        {
            Secret = "large",
        })))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_secrets_says_so()
    {
        await host.Restart(options => options with { SecretsFolder = null });
        Assert.Contains("this host has no secrets (--secrets-dir)", (await host.Run(
            With(Of("none", "/bin/true"), ("S", new() { Secret = "token" })))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherExecute)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_folder_that_others_may_use_is_refused(UnixFileMode others)
    {
        new SecretsFolder(folder.FullName).Check();
        File.SetUnixFileMode(folder.FullName, OwnersOnly | others);
        Assert.Contains("chmod 700", Assert.Throws<ArgumentException>(new SecretsFolder(folder.FullName).Check).Message,
            StringComparison.Ordinal);
        Assert.Contains("is not there", Assert.Throws<ArgumentException>(
            new SecretsFolder(Path.Combine(folder.FullName, "absent")).Check).Message, StringComparison.Ordinal);
    }

    private void Put(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnersOnly);
        File.WriteAllText(path, text);
    }

    private static Launch Of(string name, params string[] command) =>
        Launches.Of(name, ["n#0-7"], command, env: new() { ["PLAIN"] = "plain" });

    private static Launch With(Launch launch, params (string Name, SecretReference Reference)[] secrets) =>
        launch with { Spec = launch.Spec with { Workload = launch.Spec.Workload! with
        {
            Secrets = secrets.ToDictionary(secret => secret.Name, secret => secret.Reference),
        } } };
}
