using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests;

/// <summary>What the roles of a run do as processes, and what their failures mean.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class RoleTests : IAsyncLifetime
{
    private readonly ProcessHost host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Each_pod_is_a_process_with_the_slots_of_its_role_in_order()
    {
        const string Tell = "echo $JOBTREE_ROLE $JOBTREE_ROLE_INDEX $RANK/$WORLD_SIZE $JOBTREE_NODE "
            + "$CUDA_VISIBLE_DEVICES $KIND";
        var launch = Of("gang", ["node-a#0-3", "node-b#4-7"],
            Role("trainer", 2, 3, Tell) with { Env = new Dictionary<string, string> { ["KIND"] = "train" } },
            Role("sampler", 2, 1, Tell));

        var exit = await host.Run(launch);

        Assert.True(exit.Succeeded, exit.Message);
        Assert.Equal("All 4 ranks ended with exit code 0.", exit.Message);
        string[] expected =
        [
            "trainer 0 0/4 node-a 0,1,2 train", "trainer 1 1/4 node-b 4,5,6 train", "sampler 0 2/4 node-a 3",
            "sampler 1 3/4 node-b 7",
        ];
        Assert.Equal(expected, expected.Select((_, rank) => host.Output(launch, $"rank-{rank}.out").Trim()));
    }

    [Theory]
    [InlineData(3, "Pod 1 of role trainer needs 3 GPUs of one node, and no node of the run has so many left. "
        + "A node's GPUs in a run must be a multiple of gpusPerPod.")]
    [InlineData(1, null)]
    public async Task A_pod_lies_on_one_node(int gpusPerPod, string? problem)
    {
        var launch = Of("gang", ["node-a#0-3", "node-b#4-5"], Role("trainer", 6 / gpusPerPod, gpusPerPod, "true"));
        var exit = await host.Run(launch);
        Assert.Equal(problem is null, exit.Succeeded);
        Assert.Equal(problem ?? "All 6 ranks ended with exit code 0.", exit.Message);
    }

    [Fact]
    public async Task A_failure_of_a_pod_fails_the_run_by_default()
    {
        var launch = Of("gang", ["node-a#0-1"], Role("trainer", 1, 1, "sleep 600"), Role("sampler", 1, 1, "exit 3"));
        var exit = await host.Run(launch);
        Assert.False(exit.Succeeded);
        Assert.Equal("Rank 1 (sampler 0) on node-a ended with exit code 3.", exit.Message);
    }

    [Fact]
    public async Task A_pod_whose_failures_are_ignored_leaves_the_others_to_complete()
    {
        var launch = Of("gang", ["node-a#0-2"],
            Role("trainer", 1, 1, "until [ -e failed ]; do sleep 0.01; done; sleep 0.2"),
            Role("sampler", 2, 1, "[ $JOBTREE_ROLE_INDEX = 1 ] || { touch failed; exit 7; }") with
            {
                FailurePolicy = PodFailurePolicy.Ignore,
            });
        var exit = await host.Run(launch);
        Assert.True(exit.Succeeded);
        Assert.Equal(
            "2 of 3 ranks ended with exit code 0; ignored: Rank 1 (sampler 0) on node-a ended with exit code 7.",
            exit.Message);
    }

    [Fact]
    public async Task A_pod_is_started_again_with_its_place_and_its_output()
    {
        var launch = Of("gang", ["node-a#0-1"],
            Role("trainer", 1, 1, "until [ -e done ]; do sleep 0.01; done"),
            Retried("sampler", 2, "echo x >> tries; echo $RANK $CUDA_VISIBLE_DEVICES $MASTER_PORT; "
                + "[ $(wc -l < tries) = 3 ] || exit 9; touch done"));
        var exit = await host.Run(launch);
        Assert.True(exit.Succeeded, exit.Message);
        var lines = host.Output(launch, "rank-1.out").Trim().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("1 1 ", lines[0], StringComparison.Ordinal);
        Assert.Single(lines.Distinct());
    }

    [Fact]
    public async Task A_pod_that_fails_beyond_its_limit_fails_the_run()
    {
        var launch = Of("gang", ["node-a#0-1"],
            Role("trainer", 1, 1, "sleep 600"), Retried("sampler", 2, "echo try; exit 9"));
        var exit = await host.Run(launch);
        Assert.False(exit.Succeeded);
        Assert.Equal("Rank 1 (sampler 0) on node-a ended with exit code 9, after 2 new starts.", exit.Message);
        Assert.Equal("try\ntry\ntry\n", host.Output(launch, "rank-1.out"));
    }

    [Fact]
    public async Task New_starts_are_counted_over_a_restart_of_the_host()
    {
        var launch = Of("gang", ["node-a#0-1"],
            Role("trainer", 1, 1, "sleep 600"),
            Retried("sampler", 2, "echo x >> tries; until [ -e go ]; do sleep 0.01; done; rm go; exit 9"));
        var work = Path.Combine(new AttemptStore(host.Folder).Of(
            new AttemptId(launch.Run, launch.Attempt, launch.StartedAt)).WorkPath);
        await host.Start(launch);
        for (var tries = 1; tries <= 3; tries++)
        {
            await Tried(work, tries);
            await host.Restart();
            await File.WriteAllTextAsync(Path.Combine(work, "go"), "");
        }
        Assert.Equal("Rank 1 (sampler 0) on node-a ended with exit code 9, after 2 new starts.",
            (await host.Exits.Next()).Message);
    }

    [Fact]
    public async Task A_run_can_be_stopped_while_a_pod_waits_for_its_new_start()
    {
        var launch = Of("gang", ["node-a#0-1"],
            Role("trainer", 1, 1, "sleep 600"),
            Retried("sampler", 5, "echo x >> tries; exit 9") with { BackOff = TimeSpan.FromDays(1) });
        var folder = new AttemptStore(host.Folder).Of(new AttemptId(launch.Run, launch.Attempt, launch.StartedAt));
        await host.Start(launch);
        await Eventually.Holds(() => folder.ReadExit(1) == 9, TimeSpan.FromSeconds(60));
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Settled();
        Assert.True(folder.End!.Stopped);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(4, 80)]
    [InlineData(6, 300)]
    [InlineData(1000, 300)]
    public void The_pause_doubles_up_to_a_bound(int retry, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Role("r", 1, 1, "true").PauseBefore(retry));

    private static Task Tried(string work, int tries) => Eventually.Holds(
        () => File.Exists(Path.Combine(work, "tries"))
            && File.ReadAllText(Path.Combine(work, "tries")).Length == 2 * tries, TimeSpan.FromSeconds(60));

    private static WorkloadRole Retried(string name, int retries, string script) => Role(name, 1, 1, script) with
    {
        FailurePolicy = PodFailurePolicy.Retry,
        Retries = retries,
        BackOff = TimeSpan.FromMilliseconds(20),
    };

    private static WorkloadRole Role(string name, int width, int gpusPerPod, string script) =>
        new() { Name = name, Width = width, GpusPerPod = gpusPerPod, Command = ["/bin/sh", "-c", script] };

    private static Launch Of(string name, string[] slots, params WorkloadRole[] roles)
    {
        var launch = Launches.Of(name, slots, []);
        return launch with { Spec = launch.Spec with { Workload = new Workload { Roles = roles } } };
    }
}
