using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Ports;

namespace Jobtree.Execution.Tests;

/// <summary>Ending what runs, and waiting for room.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class ProcessStopTests : IAsyncLifetime
{
    private readonly ProcessHost host = new(o => o with { RanksMax = 2, WaitingMax = 2 });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_stop_ends_a_tree_of_processes_that_ignores_being_asked()
    {
        var pids = Path.Combine(host.Folder, "pids");
        var launch = Launches.Of(
            "stubborn", "/bin/sh", "-c",
            "trap '' TERM; (trap '' TERM; sleep 600 & echo $! >kid; wait) & (setsid sh -c 'echo $$ >daemon; exec " +
            "sleep 600') & until [ -s kid ] && [ -s daemon ]; do sleep 0.01; done; echo $$ $(cat kid) $(cat " +
            "daemon) >" + pids + "; wait; wait; sleep 600");
        await host.Start(launch);
        var tree = (await ProcessHost.FileWritten(pids)).Split(' ').Select(int.Parse).ToList();
        Assert.Equal(3, tree.Count);

        await host.Executor.Stop(Launches.StopOf(launch));

        foreach (var pid in tree)
            await ProcessHost.Gone(pid);
        Assert.Null(host.Exits.TakeIfAny());
    }

    [Fact]
    public async Task A_stop_lets_a_process_that_listens_end_by_itself()
    {
        var launch = Launches.Of(
            "polite", "/bin/sh", "-c", "trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
        await host.Start(launch);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", "polite", "1", "rank-0.out"));
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Settled();
        Assert.Equal("ready\nsaved\n", host.Output(launch, "rank-0.out"));
    }

    [Fact]
    public async Task What_a_process_leaves_behind_ends_with_it()
    {
        var launch = Launches.Of(
            "messy", "/bin/sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $! >a; setsid sleep 600 & echo $! >b; cat a b");
        Assert.True((await host.Run(launch)).Succeeded);
        foreach (var pid in host.Output(launch, "rank-0.out").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await ProcessHost.Gone(int.Parse(pid));
    }

    [Fact]
    public async Task A_launch_without_room_waits_and_one_that_could_never_fit_fails()
    {
        var first = await Sleeping("first", "a#0", "b#0");
        var second = Launches.Of("second", ["c#0"], ["/bin/true"]);
        await host.Start(second);
        Assert.Null(host.Exits.TakeIfAny());
        Assert.Contains("needs 3 processes; this host runs at most 2", (await host.Run(
            Launches.Of("wide", ["a#0", "b#0", "c#0"], ["/bin/true"]))).Message, StringComparison.Ordinal);
        var gone = Launches.Of("gone", ["d#0"], ["/bin/true"]);
        await host.Start(gone);
        Assert.Contains("2 runs wait", (await host.Run(Launches.Of("third", ["e#0"], ["/bin/true"]))).Message,
            StringComparison.Ordinal);
        await host.Executor.Stop(Launches.StopOf(gone));

        await host.Executor.Stop(Launches.StopOf(first));

        Assert.Equal("second", (await host.Exits.Next()).Run.Name);
        await host.Settled();
        Assert.Null(host.Exits.TakeIfAny());
        // A stop is remembered though it came before the processes: repeating the start does not bring them back.
        await host.Start(gone);
        await host.Settled();
        Assert.Empty(host.Logs.List(gone.Run));
    }

    [Fact]
    public async Task Gpus_that_another_run_is_leaving_are_waited_for()
    {
        var mark = Path.Combine(host.Folder, "leaving");
        var leaving = Launches.Of(
            "leaving", ["a#0-3"], ["/bin/sh", "-c",
            $"trap 'sleep 0.1; echo left >>{mark}; exit 0' TERM; echo ready; while :; do sleep 0.01; done"]);
        await host.Start(leaving);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", "leaving", "1", "rank-0.out"));
        await host.Executor.Stop(Launches.StopOf(leaving));
        var next = Launches.Of("next", ["a#3-4"], ["/bin/cat", mark]);

        Assert.True((await host.Run(next)).Succeeded);

        Assert.Equal("left\n", host.Output(next, "rank-0.out"));
    }

    private async Task<Launch> Sleeping(string name, params string[] slots)
    {
        var launch = Launches.Of(name, slots, ["/bin/sh", "-c", "echo ready; exec sleep 600"]);
        await host.Start(launch);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", name, "1", "rank-0.out"));
        return launch;
    }
}
