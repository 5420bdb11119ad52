using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests;

/// <summary>What processes get, and what their ends mean.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class ProcessExecutorTests : IAsyncLifetime
{
    private const string Sh = "/bin/sh";
    private readonly ProcessHost host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Each_node_slice_is_a_rank_that_knows_its_place()
    {
        var leases = new[]
        {
            Launches.LeaseOf("gang", 0, "node-b#0-3", group: 1),
            Launches.LeaseOf("gang", 1, "node-b#4-5,7", group: 0),
            Launches.LeaseOf("gang", 2, "node-a#2", group: 0),
            Launches.LeaseOf("gang", 3, "node-a#3", group: 0),
            Launches.LeaseOf("gang", 4, "node-c#0-7", group: 0, role: LeaseRole.Spare),
        };
        var launch = Launches.Of("gang", "env") with { Leases = leases,
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

        var exit = await host.Run(launch);

        Assert.True(exit.Succeeded, exit.Message);
        string[] expected = ["node-a 0 2,3", "node-b 0 4,5,7", "node-b 1 0,1,2,3"];
        var ports = new HashSet<string>();
        for (var rank = 0; rank < 3; rank++)
        {
            var env = Env(host.Output(launch, $"rank-{rank}.out"));
            Assert.Equal(expected[rank], $"{env["JOBTREE_NODE"]} {env["JOBTREE_GROUP"]} {env["CUDA_VISIBLE_DEVICES"]}");
            Assert.Equal(($"{rank}", "3", "0", "1"),
                (env["RANK"], env["WORLD_SIZE"], env["LOCAL_RANK"], env["LOCAL_WORLD_SIZE"]));
            Assert.Equal(("team/gang", "1"), (env["JOBTREE_RUN"], env["JOBTREE_ATTEMPT"]));
            Assert.Equal("127.0.0.1", env["MASTER_ADDR"]);
            Assert.Equal(launch.TraceParent, env["TRACEPARENT"]);
            Assert.StartsWith(host.Folder, env["JOBTREE_WORKDIR"], StringComparison.Ordinal);
            ports.Add(env["MASTER_PORT"]);
        }
        Assert.Single(ports);
        Assert.Equal(
            ["1/rank-0.out", "1/rank-0.err", "1/rank-1.out", "1/rank-1.err", "1/rank-2.out", "1/rank-2.err"],
            host.Logs.List(launch.Run));
    }

    [Fact]
    public async Task The_environment_holds_the_runs_own_variables_and_no_secret_of_the_host()
    {
        Environment.SetEnvironmentVariable("JOBTREE_TOKEN", "secret-of-the-host");
        Environment.SetEnvironmentVariable("SOME_CONNECTION", "secret-of-the-host");
        var launch = Launches.Of("env", ["n#0"], ["env"], env: new() { ["A"] = "1 'two' \"three\" $HOME `id`",
            ["MULTI"] = "x", ["RANK"] = "77", ["MASTER_PORT"] = "4242" });

        await host.Run(launch);

        var text = host.Output(launch, "rank-0.out");
        Assert.DoesNotContain("secret-of-the-host", text, StringComparison.Ordinal);
        var env = Env(text);
        Assert.Equal("1 'two' \"three\" $HOME `id`", env["A"]);
        Assert.Equal("0", env["RANK"]);
        Assert.Equal("4242", env["MASTER_PORT"]);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), env["PATH"]);
        string[] allowed =
        [
            "PATH", "HOME", "LANG", "TMPDIR", "MASTER_ADDR", "MASTER_PORT", "A", "MULTI", "RANK", "WORLD_SIZE",
                "LOCAL_RANK", "LOCAL_WORLD_SIZE", "CUDA_VISIBLE_DEVICES",
            "JOBTREE_RUN", "JOBTREE_ATTEMPT", "JOBTREE_NODE", "JOBTREE_GROUP", "JOBTREE_GPUS", "JOBTREE_WORKDIR", "PWD",
                "OLDPWD", "SHLVL", "_",
        ];
        Assert.Empty(env.Keys.Except(allowed));
    }

    [Fact]
    public async Task A_process_gains_no_privileges_inherits_no_descriptors_and_lets_nobody_else_read_its_files()
    {
        // Whoever started the host may have left it open files; the runtime does not know of them.
        using var left = File.OpenHandle("/etc/hostname");
        Assert.Equal(0, Fcntl((int)left.DangerousGetHandle(), 2, 0));
        await host.Restart();
        var launch = Launches.Of("bare", Sh, "-c", "grep NoNewPrivs /proc/self/status; umask; ls /proc/self/fd");

        await host.Run(launch);

        // The last one is the folder that ls reads.
        Assert.Equal("NoNewPrivs:\t1\n0077\n0\n1\n2\n3\n", host.Output(launch, "rank-0.out"));
    }

    [DllImport("libc", EntryPoint = "fcntl", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fcntl(int descriptor, int command, int argument);

    [Fact]
    public async Task Arguments_reach_the_command_as_they_are()
    {
        string[] hostile = ["a b", "", "'", "\"", "\\", "$(touch pwned)", "`touch pwned`", "; touch pwned",
            "line\nbreak\n", "*", "~", "--", "-c", "A=b", "$1", "ünï", "\t", "\u0001"];
        var launch = Launches.Of("args", ["/usr/bin/printf", "<%s>|", .. hostile]);

        Assert.True((await host.Run(launch)).Succeeded);

        Assert.Equal(string.Concat(hostile.Select(a => $"<{a}>|")), host.Output(launch, "rank-0.out"));
        Assert.Empty(Directory.GetFiles(host.Folder, "pwned", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("exit")]
    [InlineData("eval")]
    [InlineData("run")]
    [InlineData("keep")]
    [InlineData("no-such-program-anywhere")]
    public async Task Only_programs_are_commands_not_words_of_a_shell(string command)
    {
        var exit = await host.Run(Launches.Of("word", command, "0"));
        Assert.False(exit.Succeeded);
        Assert.Equal($"The command '{command}' is in no folder of PATH.", exit.Message);
    }

    [Fact]
    [SuppressMessage("Interoperability", "CA1416", Justification = "The process executor runs on Linux only.")]
    public async Task A_command_that_cannot_start_says_why()
    {
        Assert.Contains("does not exist", (await host.Run(Launches.Of("a", "/no/such/file"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("is a folder", (await host.Run(Launches.Of("b", "/etc"))).Message, StringComparison.Ordinal);
        Assert.Contains("is not executable", (await host.Run(Launches.Of("c", "/etc/passwd"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("workload.command is empty", (await host.Run(Launches.Of("d"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("NUL", (await host.Run(Launches.Of("e", "/bin/echo", "a\0b"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("'A=B' is not a name", (await host.Run(
            Launches.Of("f", ["n#0"], ["/bin/true"], env: new() { ["A=B"] = "" }))).Message, StringComparison.Ordinal);
        Assert.Contains("no Active slots", (await host.Run(Launches.Of("g", [], ["/bin/true"]))).Message,
            StringComparison.Ordinal);
        Assert.Contains("could not be started", (await host.Run(
            Launches.Of("h", "/bin/echo", new string('x', 1 << 20)))).Message, StringComparison.Ordinal);
        var broken = Path.Combine(host.Folder, "broken");
        File.WriteAllText(broken, "#!/no/such/interpreter\n");
        File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains("exit code 12", (await host.Run(Launches.Of("i", broken))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 0", true, "exit code 0")]
    [InlineData("exit 3", false, "Rank 0 on node-a ended with exit code 3.")]
    [InlineData("kill -SEGV $$", false, "Rank 0 on node-a was ended by SIGSEGV (exit code 139).")]
    [InlineData("kill -KILL $$", false, "Rank 0 on node-a was ended by SIGKILL (exit code 137).")]
    public async Task The_exit_code_decides(string script, bool succeeds, string says)
    {
        var exit = await host.Run(Launches.Of("code", Sh, "-c", script));
        Assert.Equal(succeeds, exit.Succeeded);
        Assert.Contains(says, exit.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_rank_that_fails_ends_the_others()
    {
        var launch = Launches.Of(
            "gang", ["a#0", "b#0", "c#0"],
            [Sh, "-c",
            "echo $$ >pid-$RANK; [ $RANK = 1 ] || exec sleep 600; until [ -s pid-0 ] && [ -s pid-2 ]; do sleep 0.01; " +
            "done; exit 9"]);

        var exit = await host.Run(launch);

        Assert.Equal("Rank 1 on b ended with exit code 9.", exit.Message);
        await ProcessHost.Gone(int.Parse(File.ReadAllText(Path.Combine(Work(launch), "pid-0"))));
        await ProcessHost.Gone(int.Parse(File.ReadAllText(Path.Combine(Work(launch), "pid-2"))));
    }

    [Fact]
    public async Task Repeating_a_start_runs_it_once()
    {
        var launch = Launches.Of("once", Sh, "-c", "echo ran >>ran; sleep 0.2");
        await host.Start(launch);
        await host.Start(launch);
        Assert.True((await host.Exits.Next()).Succeeded);
        await host.Start(launch);
        // The report is repeated, in case it was lost; the run is not.
        Assert.True((await host.Exits.Next()).Succeeded);
        Assert.Equal("ran\n", File.ReadAllText(Path.Combine(Work(launch), "ran")));
    }

    [Fact]
    public async Task A_later_attempt_runs_anew_and_an_earlier_one_never_again()
    {
        var first = Launches.Of("twice", ["n#0"], [Sh, "-c", "echo $JOBTREE_ATTEMPT"]);
        var second = first with { Attempt = 2, StartedAt = first.StartedAt.AddHours(1) };
        await host.Run(first);
        Assert.Equal(2, (await host.Run(second)).Attempt);
        Assert.Equal("2\n", host.Output(second, "rank-0.out"));
        Assert.Equal(["2/rank-0.out", "2/rank-0.err", "1/rank-0.out", "1/rank-0.err"], host.Logs.List(first.Run));
    }

    [Fact]
    public async Task A_new_run_of_the_name_of_a_deleted_one_runs_though_its_attempts_count_from_one_again()
    {
        var old = Launches.Of("again", Sh, "-c", "echo old");
        var fresh = Launches.Of("again", ["n#0"], [Sh, "-c", "echo new"], startedAt: old.StartedAt.AddDays(1));
        await host.Run(old);
        await host.Run(fresh);
        Assert.Equal("new\n", host.Output(fresh, "rank-0.out"));
    }

    [Fact]
    public async Task A_stop_before_its_start_holds()
    {
        var launch = Launches.Of("late", Sh, "-c", "echo ran >ran");
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Start(launch);
        Assert.True((await host.Run(launch with { Attempt = 2, StartedAt = DateTimeOffset.UtcNow.AddHours(1) }))
            .Succeeded);
        Assert.Single(Directory.GetFiles(host.Folder, "ran", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_stop_of_an_unknown_attempt_does_not_hold_the_next_one_back()
    {
        var launch = Launches.Of("next", [ "n#0" ], ["/bin/true"], attempt: 2);
        await host.Executor.Stop(Launches.StopOf(launch with { Attempt = 1 }));
        Assert.True((await host.Run(launch)).Succeeded);
    }

    [Fact]
    public async Task A_name_that_would_leave_the_folder_fails_and_touches_nothing()
    {
        foreach (var name in new[] { "..", "../../etc", "a/b", ".hidden", "", "a\0b" })
        {
            var launch = Launches.Of("x", "/bin/true") with { Run = new RunKey("team", name) };
            Assert.False((await host.Run(launch)).Succeeded);
            Assert.Empty(host.Logs.List(launch.Run));
            Assert.Null(host.Logs.Open(launch.Run, "1/rank-0.out"));
        }
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(host.Folder, "attempts")));
    }

    private string Work(Launch launch) => Directory.GetDirectories(host.Folder, "work", SearchOption.AllDirectories)
        .Single(d => d.Contains($"/{launch.Run.Name}/{launch.Attempt}-", StringComparison.Ordinal));

    private static Dictionary<string, string> Env(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(
            l => l[0], l => l[1]);
}
