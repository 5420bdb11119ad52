using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Ports;
using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests;

/// <summary>
/// What the next host of the same folder finds. Dropping an executor and killing its host leave the same behind.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class ProcessRestartTests : IAsyncLifetime
{
    private const string WaitForGo = "echo ready; until [ -e go ]; do sleep 0.01; done; echo went";
    private readonly ProcessHost host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task What_still_runs_is_adopted_and_its_exit_code_counts()
    {
        var good = await Ready("good", WaitForGo);
        var bad = await Ready("bad", WaitForGo + "; exit 5");
        await host.Restart();
        await host.Start(good);
        Go(good);
        Assert.Equal(("good", true), Shown(await host.Exits.Next()));
        Go(bad);
        var exit = await host.Exits.Next();
        Assert.Equal(("bad", false), Shown(exit));
        Assert.Equal("Rank 0 on node-a ended with exit code 5.", exit.Message);
        Assert.Equal("ready\nwent\n", host.Output(good, "rank-0.out"));
    }

    [Fact]
    public async Task A_start_that_is_repeated_to_the_next_host_starts_nothing_again()
    {
        var launch = await Ready("once", WaitForGo);
        var pid = Started(launch);
        await host.Restart();
        await host.Start(Launches.Of("once", "/bin/sh", "-c", WaitForGo));
        Go(launch);
        Assert.True((await host.Exits.Next()).Succeeded);
        Assert.Equal(pid, Started(launch));
    }

    [Fact]
    public async Task What_ended_meanwhile_is_reported()
    {
        var good = await Ready("good", WaitForGo);
        var bad = await Ready("bad", WaitForGo + "; kill -KILL $$");
        var pids = new[] { Started(good), Started(bad) };
        await host.Drop();
        Go(good);
        Go(bad);
        foreach (var pid in pids)
            await ProcessHost.Gone(pid);
        await host.Restart();
        var exits = new[] { await host.Exits.Next(), await host.Exits.Next() }.ToDictionary(e => e.Run.Name);
        Assert.True(exits["good"].Succeeded);
        Assert.Contains("SIGKILL", exits["bad"].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gang_that_ended_meanwhile_is_judged_by_all_its_ranks()
    {
        var launch = Launches.Of(
            "gang", ["a#0", "b#0", "c#0"], ["/bin/sh", "-c", WaitForGo + "; [ $RANK != 2 ] || exit 4"]);
        await host.Start(launch);
        for (var rank = 0; rank < 3; rank++)
            await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", "gang", "1", $"rank-{rank}.out"));
        var pids = Folder(launch).Started!.Ranks.Select(r => r.Pid).ToList();
        await host.Drop();
        Go(launch);
        foreach (var pid in pids)
            await ProcessHost.Gone(pid);
        await host.Restart();
        Assert.Equal("Rank 2 on c ended with exit code 4.", (await host.Exits.Next()).Message);
    }

    [Fact]
    public async Task A_stop_reaches_what_was_adopted()
    {
        var launch = await Ready("adopted", "trap '' TERM; " + WaitForGo);
        var pid = Started(launch);
        await host.Restart();
        await host.Executor.Stop(Launches.StopOf(launch));
        await ProcessHost.Gone(pid);
    }

    [Fact]
    public async Task A_stop_that_was_not_carried_out_is_carried_out()
    {
        var launch = await Ready("stubborn", "trap '' TERM; " + WaitForGo);
        var pid = Started(launch);
        await host.Restart(o => o with { StopGrace = TimeSpan.FromHours(1) });
        await host.Executor.Stop(Launches.StopOf(launch));
        await host.Restart(o => o with { StopGrace = TimeSpan.Zero });
        await ProcessHost.Gone(pid);
    }

    [Fact]
    public async Task What_waited_still_waits_and_runs()
    {
        await host.Restart(o => o with { RanksMax = 1 });
        var first = await Ready("first", WaitForGo);
        var second = Launches.Of("second", "/bin/echo", "ran");
        await host.Start(second);
        await host.Restart();
        Go(first);
        Assert.Equal("first", (await host.Exits.Next()).Run.Name);
        Assert.Equal("second", (await host.Exits.Next()).Run.Name);
        Assert.Equal("ran\n", host.Output(second, "rank-0.out"));
    }

    [Fact]
    public async Task A_process_that_has_taken_the_id_of_one_of_ours_is_not_ours()
    {
        var other = await Ready("other", WaitForGo);
        var pid = Started(other);
        await ProcessHost.ClockTickAfter(pid);
        var lost = await Ready("lost", WaitForGo);
        await host.Drop();
        LinuxProcess.Signal(-Started(lost), LinuxProcess.SignalKill);
        Rewrite(lost, record => record with { Ranks = [record.Ranks[0] with { Pid = pid }] });
        await host.Restart();
        var exit = await host.Exits.Next();
        Assert.Equal(("lost", false), Shown(exit));
        Assert.Contains("without leaving an exit code", exit.Message, StringComparison.Ordinal);
        Assert.NotNull(LinuxProcess.Stat(pid));
    }

    [Fact]
    public async Task After_another_boot_nothing_is_taken_for_a_process_of_ours()
    {
        var launch = await Ready("booted", WaitForGo);
        var pid = Started(launch);
        await host.Drop();
        Rewrite(launch, record => record with { Boot = "another" });
        await host.Restart();
        Assert.False((await host.Exits.Next()).Succeeded);
        await ProcessHost.Gone(pid);
    }

    [Fact]
    public async Task An_end_that_the_fleet_did_not_take_is_reported_by_the_next_host_and_only_then_forgotten()
    {
        var launch = Launches.Of("told", "/bin/true");
        await host.Run(launch);
        await ProcessHost.FileThere(Path.Combine(Attempt(launch), "reported"));
        File.Delete(Path.Combine(Attempt(launch), "reported"));
        await host.Restart();
        Assert.True((await host.Exits.Next()).Succeeded);
        await ProcessHost.FileThere(Path.Combine(Attempt(launch), "reported"));
        await host.Restart();
        Assert.Equal("sentinel", (await host.Run(Launches.Of("sentinel", "/bin/true"))).Run.Name);
    }

    [Theory]
    [InlineData("launch.json")]
    [InlineData("started.json")]
    [InlineData("ended.json")]
    public async Task A_damaged_record_fails_its_attempt_and_no_other(string file)
    {
        var damaged = Launches.Of("damaged", "/bin/true");
        await host.Run(damaged);
        var sound = await Ready("sound", WaitForGo);
        await host.Drop();
        if (file != "ended.json")
            File.Delete(Path.Combine(Attempt(damaged), "ended.json"));
        File.WriteAllText(Path.Combine(Attempt(damaged), file), "{\"run\":");
        Directory.CreateDirectory(Path.Combine(host.Folder, "attempts", "lost+found", "x", "not-an-attempt"));
        await host.Restart();
        Assert.Equal(("damaged", false), Shown(await host.Exits.Next()));
        Go(sound);
        Assert.Equal(("sound", true), Shown(await host.Exits.Next()));
    }

    [Fact]
    public async Task A_rank_whose_host_dies_before_the_word_runs_nothing()
    {
        var store = new AttemptStore(host.Folder);
        var folder = store.Of(new AttemptId(new("team", "held"), 1, Launches.Epoch));
        folder.Create();
        folder.CreateWorkAndLogs();
        var process = new RankWrapper(4096).Start(
            folder, 0, ["/bin/sh", "-c", "echo ran >ran"], new Dictionary<string, string> { ["PATH"] = "/bin" });
        var pid = process.Id;
        RankWrapper.Dismiss(process);
        await ProcessHost.Gone(pid);
        Assert.False(File.Exists(Path.Combine(folder.WorkPath, "ran")));
        Assert.Null(folder.ReadExit(0));
        folder.Delete(withLogs: true);
    }

    private async Task<Launch> Ready(string name, string script)
    {
        var launch = Launches.Of(name, "/bin/sh", "-c", script);
        await host.Start(launch);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", name, "1", "rank-0.out"));
        return launch;
    }

    private void Go(Launch launch) => File.WriteAllText(Path.Combine(Attempt(launch), "work", "go"), "");

    private int Started(Launch launch) => Folder(launch).Started!.Ranks[0].Pid;

    private void Rewrite(Launch launch, Func<StartedRecord, StartedRecord> change) =>
        Folder(launch).Started = change(Folder(launch).Started!);

    private AttemptFolder Folder(Launch launch) =>
        new AttemptStore(host.Folder).Of(new AttemptId(launch.Run, launch.Attempt, launch.StartedAt));

    private string Attempt(Launch launch) => Path.GetDirectoryName(Folder(launch).WorkPath)!;

    private static (string, bool) Shown(Exit exit) => (exit.Run.Name, exit.Succeeded);
}
