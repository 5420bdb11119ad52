using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Ports;
using Jobtree.Execution.Processes;
using Jobtree.Execution.Processes.Users;

namespace Jobtree.Execution.Tests;

/// <summary>Workloads of each owner as a user of their own, which only root can arrange.</summary>
[SuppressMessage("Interoperability", "CA1416", Justification = "The process executor runs on Linux only.")]
public sealed class UserMapTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("jobtree-users-");

    public void Dispose() => folder.Delete(recursive: true);

    [RootFact]
    public async Task Each_owner_has_its_user_and_an_owner_without_one_runs_nothing()
    {
        await using var host = Host("org:ai:* nobody", "# comment", "", "org:lab  daemon # another");
        var ai = Of("ai", "org:ai:vision", "id -u; id -G; echo $HOME $USER; echo x >file; cat file; umask; "
            + "cat /proc/$PPID/comm; echo err >&2; echo again >/dev/stderr");
        Assert.True((await host.Run(ai)).Succeeded);
        var said = host.Output(ai, "rank-0.out").Split('\n');
        Assert.Equal(["65534", "65534", "/nonexistent nobody", "x", "0077"], said.Take(5));
        Assert.Equal("err\nagain\n", host.Output(ai, "rank-0.err"));

        var lab = Of("lab", "org:lab", "id -un");
        Assert.True((await host.Run(lab)).Succeeded);
        Assert.Equal("daemon\n", host.Output(lab, "rank-0.out"));

        foreach (var owner in new[] { "org:other", "org:ai", "org:lab:below", "org:lab\nnobody", "org:lab daemon" })
        {
            var exit = await host.Run(Of($"other-{owner.Length}", owner, "id -un"));
            Assert.False(exit.Succeeded);
            Assert.StartsWith("The user map of this host has no user for the owner 'org:", exit.Message,
                StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exit.Message!);
        }
        var none = Of("none", "x", "id -un");
        none = none with { Spec = none.Spec with { Owner = null } };
        Assert.Contains("'namespace:team'", (await host.Run(none)).Message, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_workload_reaches_neither_the_host_nor_a_workload_of_another_user()
    {
        await using var host = Host("org:ai nobody", "org:lab daemon");
        var lab = Of("lab", "org:lab", "echo secret >file; echo output; echo ready >ready; exec sleep 600");
        lab = lab with { Spec = lab.Spec with { Workload = lab.Spec.Workload! with
        {
            Env = new Dictionary<string, string> { ["SECRET"] = "of-the-lab" },
        } } };
        await host.Start(lab);
        var attempt = Directory.GetDirectories(Path.Combine(host.Folder, "attempts", "team", "lab")).Single();
        await ProcessHost.FileWritten(Path.Combine(attempt, "work", "ready"));
        var rank = new AttemptStore(host.Folder).Of(new AttemptId(lab.Run, 1, lab.StartedAt)).Started!.Ranks[0].Pid;
        var logs = Path.Combine(host.Folder, "logs", "team");

        string[] attacks =
        [
            $"cat /proc/{Environment.ProcessId}/environ", $"cat /proc/{rank}/environ", $"cat {attempt}/launch.json",
            $"cat {attempt}/started.json", $"cat {attempt}/work/file", $"ls {attempt}", $"ls {host.Folder}",
            $"ls {host.Folder}/attempts", $"cat {logs}/lab/1/rank-0.out", $"ls {logs}", $"kill -9 {rank}",
            $"kill -9 {Environment.ProcessId}", $"echo x >>{attempt}/rank-0.exit", $"touch {host.Folder}/x",
            "rm -f ../rank-0.exit", "touch ../stop", $"rm -f {logs}/ai/1/rank-0.out",
            $"ln -s /etc/passwd {logs}/ai/1/rank-1.out", "cat ../launch.json", $"cat {host.Folder}/executor.id",
        ];
        var ai = Of("ai", "org:ai",
            string.Concat(attacks.Select(attack => $"({attack}) 2>/dev/null && echo '{attack}'; ")) + "echo end");
        Assert.True((await host.Run(ai)).Succeeded);
        Assert.Equal("end\n", host.Output(ai, "rank-0.out"));
        Assert.NotNull(LinuxProcess.Stat(rank));
    }

    [RootFact]
    public async Task The_variables_of_a_run_reach_nothing_that_runs_as_the_host()
    {
        await using var host = Host("* nobody");
        var launch = Of("preload", "org:ai", "id -u");
        launch = launch with { Spec = launch.Spec with { Workload = launch.Spec.Workload! with
        {
            Env = new Dictionary<string, string>
            {
                ["BASH_ENV"] = "/nowhere", ["ENV"] = "/nowhere", ["LD_PRELOAD"] = "/nowhere.so", ["PATH"] = "/bin",
                ["HOME"] = "/mine", ["TMPDIR"] = "/mine",
            },
        } } };
        Assert.True((await host.Run(launch)).Succeeded);
        Assert.Equal("65534\n", host.Output(launch, "rank-0.out"));
        // Root could tell whether there is such a file, this user cannot.
        var secret = Path.Combine(folder.FullName, "private");
        Directory.CreateDirectory(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(secret, "there"), "");
        var there = await host.Run(Of("there", "org:ai", "") with { Spec = CommandOf($"{secret}/there") });
        var absent = await host.Run(Of("absent", "org:ai", "") with { Spec = CommandOf($"{secret}/absent") });
        Assert.Equal(absent.Message, there.Message);
        // Words of the shell are no programs here either.
        Assert.Contains("exit code 12", (await host.Run(Of("word", "org:ai", "") with { Spec = CommandOf("exit") }))
            .Message, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task What_another_user_leaves_is_ended_and_deleted_without_following_its_links()
    {
        var keep = Path.Combine(folder.FullName, "keep");
        Directory.CreateDirectory(keep);
        File.WriteAllText(Path.Combine(keep, "file"), "");
        await using var host = Host(o => o with { AttemptsKeptPerRun = 1 }, "* nobody");
        var launch = Of("mess", "org:ai", $"ln -s {keep} link; mkdir -p deep/er; chmod 000 deep; "
            + "env -i /usr/bin/setsid /bin/sh -c "
            + "'(/bin/sh -c \"echo \\$\\$ >pid; exec sleep 600\" >/dev/null 2>&1 &) &'; "
            + "until [ -s pid ]; do sleep 0.01; done; cat pid");
        Assert.True((await host.Run(launch)).Succeeded);
        Assert.Null(LinuxProcess.Stat(int.Parse(host.Output(launch, "rank-0.out"))));
        var later = Of("mess", "org:ai", "true") with { Attempt = 2, StartedAt = launch.StartedAt.AddHours(1) };
        Assert.True((await host.Run(later)).Succeeded);
        Assert.Single(Directory.GetDirectories(Path.Combine(host.Folder, "attempts", "team", "mess")));
        Assert.True(File.Exists(Path.Combine(keep, "file")));
    }

    [RootFact]
    public async Task The_next_host_adopts_what_runs_as_another_user()
    {
        await using var host = Host("* nobody");
        var launch = Of("adopted", "org:ai", "echo ready; until [ -e go ]; do sleep 0.01; done; exit 5");
        await host.Start(launch);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", "adopted", "1", "rank-0.out"));
        await host.Restart();
        var work = Directory.GetDirectories(host.Folder, "work", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(Path.Combine(work, "go"), "");
        Assert.Equal("Rank 0 on node-a ended with exit code 5.", (await host.Exits.Next()).Message);
    }

    [Theory]
    [InlineData("", "names no user")]
    [InlineData("org:ai nobody-of-this-name", "line 1: there is no such user")]
    [InlineData("* daemon\norg:ai 0", "line 2: there is no such user")]
    [InlineData("org:ai root", "line 1: root may do anything")]
    [InlineData("org:ai", "line 1: a line is a pattern of owners and a user")]
    [InlineData("org:ai daemon nobody", "line 1: a line is a pattern of owners and a user")]
    [InlineData("org:ai -daemon", "line 1: there is no such user")]
    [InlineData("org:ai daemon:x", "line 1: there is no such user")]
    public void A_map_that_says_something_wrong_is_refused(string text, string says)
    {
        var refusal = Assert.Throws<ArgumentException>(() => UserMap.Read(Write(text)));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_map_of_another_user_is_refused()
    {
        var path = Write("* daemon");
        using (var given = Process.Start("chown", ["nobody", path]))
            given.WaitForExit();
        Assert.Contains($"chown root {path}", Assert.Throws<ArgumentException>(() => UserMap.Read(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_that_others_may_write_or_that_is_no_file_is_refused()
    {
        var path = Write("* daemon");
        foreach (var mode in new[] { UnixFileMode.GroupWrite, UnixFileMode.OtherWrite })
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
            Assert.Contains("may be written by others", Assert.Throws<ArgumentException>(
                () => UserMap.Read(path)).Message, StringComparison.Ordinal);
        }
        File.Delete(path);
        Assert.Contains("cannot be read", Assert.Throws<ArgumentException>(() => UserMap.Read(path)).Message,
            StringComparison.Ordinal);
        using (var pipe = Process.Start("mkfifo", path))
            pipe.WaitForExit();
        Assert.Contains("no regular file", Assert.Throws<ArgumentException>(() => UserMap.Read(path)).Message,
            StringComparison.Ordinal);
        File.Delete(path);
        File.CreateSymbolicLink(path, "/etc/passwd");
        Assert.Contains("no regular file", Assert.Throws<ArgumentException>(() => UserMap.Read(path)).Message,
            StringComparison.Ordinal);
    }

    private ProcessHost Host(params string[] lines) => Host(static options => options, lines);

    private ProcessHost Host(Func<ProcessExecutorOptions, ProcessExecutorOptions> configure, params string[] lines)
    {
        var map = Write(string.Join('\n', lines));
        return new ProcessHost(options => configure(options with { UserMapFile = map }));
    }

    private string Write(string text)
    {
        var path = Path.Combine(folder.FullName, "users");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static Launch Of(string name, string owner, string script)
    {
        var launch = Launches.Of(name, "/bin/sh", "-c", script);
        return launch with { Spec = launch.Spec with { Owner = owner } };
    }

    private static Core.Model.RunSpec CommandOf(string program) =>
        Launches.Of("any", program, "0").Spec with { Owner = "org:ai" };
}
