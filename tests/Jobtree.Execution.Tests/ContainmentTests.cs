using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Execution.Processes;
using Jobtree.Execution.Processes.Containment;

namespace Jobtree.Execution.Tests;

/// <summary>
/// No process outlives its lease, whatever it did to get away; and none that is not ours is ended. All of it holds with
/// a control group and without one, if this machine lets the tests make one.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class ContainmentTests : IAsyncLifetime
{
    /// <summary>A daemon: a session of its own, no parent, and nothing left of its environment.</summary>
    private const string Daemon =
        "env -i /usr/bin/setsid /bin/sh -c '(exec </dev/null >/dev/null 2>&1; cd /; "
        + "/bin/sh -c \"echo \\$\\$ >'$PWD'/pid; exec sleep 600\" &) &'; until [ -s pid ]; do sleep 0.01; done; ";

    private readonly ProcessHost host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_daemon_that_cut_all_ties_ends_with_its_run(bool withGroups)
    {
        await Use(withGroups);
        var launch = Launches.Of("daemon", "/bin/sh", "-c", Daemon + "exit 0");
        Assert.True((await host.Run(launch)).Succeeded);
        // Its GPUs may go to another run now, so it has ended already.
        Assert.Null(LinuxProcess.Stat(Pid(launch)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_daemon_that_cut_all_ties_ends_when_its_run_is_stopped(bool withGroups)
    {
        await Use(withGroups);
        var launch = Launches.Of("daemon", "/bin/sh", "-c", Daemon + "echo ready >ready; exec sleep 600");
        await Ready(launch);
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Settled();
        Assert.Null(LinuxProcess.Stat(Pid(launch)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Daemons_that_beget_daemons_end_with_their_run(bool withGroups)
    {
        await Use(withGroups);
        var launch = Launches.Of("brood", "/bin/sh", "-c",
            "cat >spawn <<'END'\n[ $1 -le 0 ] || for i in 1 2; do env -i /usr/bin/setsid /bin/sh ./spawn $(($1 - 1)) & "
            + "done\necho $$ >pid-$$\nexec sleep 600\nEND\nsh ./spawn 4 >/dev/null 2>&1 & "
            + "until [ $(ls pid-* 2>/dev/null | wc -l) = 31 ]; do sleep 0.01; done; echo ready >ready; exec sleep 600");
        await Ready(launch);
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Settled();
        var pids = Directory.GetFiles(Work(launch), "pid-*").Select(file => int.Parse(File.ReadAllText(file))).ToList();
        Assert.Equal(31, pids.Count);
        Assert.All(pids, pid => Assert.Null(LinuxProcess.Stat(pid)));
    }

    [Theory]
    [InlineData(true, "nothing")]
    [InlineData(false, "nothing")]
    [InlineData(true, "started.json")]
    [InlineData(false, "started.json")]
    [InlineData(true, "all")]
    [InlineData(false, "all")]
    public async Task What_a_killed_host_left_over_ends_when_the_next_one_starts(bool withGroups, string isLost)
    {
        await Use(withGroups);
        var launch = Launches.Of("left", "/bin/sh", "-c", Daemon + "echo ready >ready; exec sleep 600");
        await Ready(launch);
        var (daemon, rank) = (Pid(launch), Folder(launch).Started!.Ranks[0].Pid);
        await host.Drop();
        LinuxProcess.Signal(-rank, LinuxProcess.SignalKill);
        await ProcessHost.Gone(rank);
        Assert.NotNull(LinuxProcess.Stat(daemon));
        if (isLost == "all")
            Directory.Delete(Path.Combine(host.Folder, "attempts", "team"), recursive: true);
        else if (isLost != "nothing")
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(Work(launch))!, isLost), "{\"boot\":");
        await host.Restart();
        await ProcessHost.Gone(daemon);
        if (isLost != "all")
            Assert.False((await host.Exits.Next()).Succeeded);
    }

    [Fact]
    public async Task Processes_of_others_are_left_alone()
    {
        await host.Run(Launches.Of("first", "/bin/true"));
        var own = ProcessMarks.Of(Path.Combine(host.Folder, "executor.id"));
        var other = ProcessMarks.Of(Path.Combine(host.Folder, "other.id"));
        var attempt = new AttemptId(new("team", "gone"), 1, Launches.Epoch);
        using var ours = Marked(own.Of(attempt));
        using var theirs = Marked(other.Of(attempt));
        using var limited = Marked(1000);
        using var plain = Process.Start("sleep", "600");
        await Eventually.Holds(() => LinuxProcess.FileLocksMax(limited.Id) == 1000, TimeSpan.FromSeconds(60));
        await Eventually.Holds(() => LinuxProcess.FileLocksMax(theirs.Id) is not null, TimeSpan.FromSeconds(60));
        await Eventually.Holds(() => LinuxProcess.FileLocksMax(ours.Id) is not null, TimeSpan.FromSeconds(60));

        await host.Restart();

        // One that is ours, and so would have to end, shows when the search is over.
        await ours.WaitForExitAsync();
        Assert.True((await host.Run(Launches.Of("second", "/bin/true"))).Succeeded);
        foreach (var process in new[] { theirs, limited, plain })
        {
            Assert.False(process.HasExited);
            LinuxProcess.Kill(process.Id, LinuxProcess.Stat(process.Id)!.Value.StartTicks - 1);
            Assert.False(process.HasExited);
            LinuxProcess.Kill(process.Id, LinuxProcess.Stat(process.Id)!.Value.StartTicks);
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Runs_are_told_apart_by_their_marks()
    {
        var staying = Launches.Of("staying", ["a#0"], ["/bin/sh", "-c", Daemon + "echo ready >ready; exec sleep 600"]);
        await Ready(staying);
        Assert.True((await host.Run(Launches.Of("ending", ["a#1"], ["/bin/sh", "-c", Daemon]))).Succeeded);
        await host.Restart();
        Assert.True((await host.Run(Launches.Of("later", ["a#2"], ["/bin/true"]))).Succeeded);
        Assert.NotNull(LinuxProcess.Stat(Pid(staying)));
    }

    [ControlGroupFact]
    public async Task Each_attempt_has_a_group_while_it_runs()
    {
        await Use(withGroups: true);
        var launch = Launches.Of("grouped", "/bin/sh", "-c", Daemon + "cat /proc/self/cgroup; echo ready >ready; "
            + "exec sleep 600");
        await Ready(launch);
        var group = Folder(launch).Started!.Group!;
        // What it wrote before it was ready is on its way to the file.
        await Eventually.Holds(() => host.Output(launch, "rank-0.out").Contains(
            $"/{Path.GetFileName(group)}", StringComparison.Ordinal));
        Assert.Contains(Pid(launch).ToString(CultureInfo.InvariantCulture),
            File.ReadAllLines(Path.Combine(group, "cgroup.procs")));
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Settled();
        Assert.False(Directory.Exists(group));
    }

    [ControlGroupFact]
    public async Task A_run_that_cannot_start_leaves_no_group()
    {
        await Use(withGroups: true);
        var groups = ControlGroups.Find(ProcessMarks.Of(Path.Combine(host.Folder, "executor.id")).Name)!;
        Assert.False((await host.Run(Launches.Of("absent", ["a#0", "b#0"], ["/no/such/program"]))).Succeeded);
        Assert.Empty(groups.Except(new HashSet<ulong>()));
    }

    private Task Use(bool withGroups) => host.Restart(options => options with { UsesControlGroups = withGroups });

    private async Task Ready(Launch launch)
    {
        await host.Start(launch);
        var work = Folder(launch).WorkPath;
        await ProcessHost.FileWritten(Path.Combine(work, "ready"));
    }

    private AttemptFolder Folder(Launch launch) =>
        new AttemptStore(host.Folder).Of(new AttemptId(launch.Run, launch.Attempt, launch.StartedAt));

    private string Work(Launch launch) => Folder(launch).WorkPath;

    private int Pid(Launch launch) => int.Parse(File.ReadAllText(Path.Combine(Work(launch), "pid")));

    private static Process Marked(ulong mark) => Process.Start("prlimit", [$"--locks={mark}:{mark}", "sleep", "600"]);
}
