using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests;

/// <summary>
/// What becomes of the processes of an attempt whose leases change: they are started again on its present GPUs.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class ProcessResizeTests : IAsyncLifetime
{
    private const string Script = "echo $RANK/$WORLD_SIZE on $JOBTREE_NODE with $CUDA_VISIBLE_DEVICES >>said; "
        + "echo began; until [ -e go ]; do sleep 0.01; done; echo went";

    private readonly ProcessHost host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_resized_attempt_goes_on_with_its_present_ranks_in_the_same_place()
    {
        var wide = Launches.Of("train", ["a#0-1", "b#4-5"], ["/bin/sh", "-c", Script]);
        await host.Start(wide);
        await Said(wide, 2);
        var before = Folder(wide).Started!.Ranks.Select(rank => rank.Pid).ToArray();

        var narrow = Launches.Of("train", ["b#4-5"], ["/bin/sh", "-c", Script]);
        await host.Executor.Resize(narrow);
        foreach (var pid in before)
            await ProcessHost.Gone(pid);
        Assert.Equal("0/1 on b with 4,5", (await Said(wide, 3))[2]);

        File.WriteAllText(Path.Combine(Folder(wide).WorkPath, "go"), "");
        var exit = await host.Exits.Next();
        Assert.Equal(("train", 1, true), (exit.Run.Name, exit.Attempt, exit.Succeeded));
        // The same attempt goes on in the same output.
        Assert.Equal("began\nbegan\nwent\n", host.Output(wide, "rank-0.out"));
    }

    [Fact]
    public async Task Other_spares_or_a_repeat_leave_the_processes_alone()
    {
        var launch = Launches.Of("train", ["a#0-1"], ["/bin/sh", "-c", Script]);
        await host.Start(launch);
        await Said(launch, 1);
        var before = Folder(launch).Started!.Ranks[0].Pid;
        await host.Executor.Resize(launch with { Leases = [.. launch.Leases,
            Launches.LeaseOf("train", 7, "c#0", role: LeaseRole.Spare)] });
        await host.Executor.Resize(launch);
        File.WriteAllText(Path.Combine(Folder(launch).WorkPath, "go"), "");
        Assert.True((await host.Exits.Next()).Succeeded);
        Assert.Equal(before, Folder(launch).Started!.Ranks[0].Pid);
        Assert.Equal(["0/1 on a with 0,1"], await Said(launch, 1));
    }

    [Fact]
    public async Task A_change_that_a_killed_host_missed_is_made_by_the_next()
    {
        var launch = Launches.Of("train", ["a#0-1"], ["/bin/sh", "-c", Script]);
        await host.Start(launch);
        await Said(launch, 1);
        await host.Restart();
        // A run that resumes repeats its start, with the leases that it has now.
        await host.Start(Launches.Of("train", ["a#2-3"], ["/bin/sh", "-c", Script]));
        Assert.Equal("0/1 on a with 2,3", (await Said(launch, 2))[1]);
    }

    [Fact]
    public async Task What_is_stopped_while_it_moves_stays_stopped()
    {
        var launch = Launches.Of("train", ["a#0-1"], ["/bin/sh", "-c", "trap '' TERM; " + Script]);
        await host.Start(launch);
        await Said(launch, 1);
        await host.Executor.Resize(Launches.Of("train", ["b#0-1"], ["/bin/sh", "-c", Script]));
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Settled();
        Assert.Equal(["0/1 on a with 0,1"], await Said(launch, 1));
    }

    private async Task<string[]> Said(Launch launch, int lines)
    {
        var path = Path.Combine(Folder(launch).WorkPath, "said");
        await Eventually.Holds(
            () => File.Exists(path) && File.ReadAllText(path).Count(character => character == '\n') >= lines,
            TimeSpan.FromSeconds(60));
        return File.ReadAllLines(path);
    }

    private AttemptFolder Folder(Launch launch) =>
        new AttemptStore(host.Folder).Of(new AttemptId(launch.Run, launch.Attempt, launch.StartedAt));
}
