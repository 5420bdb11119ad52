using Jobtree.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Execution.Tests;

public sealed class SimulatedExecutorTests
{
    private static readonly DateTimeOffset T0 = Launches.Epoch;
    private readonly FakeTimeProvider time = new(T0);
    private readonly RecordedExits exits = new();

    [Fact]
    public async Task Ends_a_run_after_its_expected_duration_counted_from_its_start()
    {
        await using var executor = Begin();
        time.Advance(TimeSpan.FromMinutes(1));
        await executor.Start(Launches.Lasting("a", TimeSpan.FromMinutes(3), T0));

        time.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromTicks(1));
        Assert.Equal(1, executor.OpenCount);
        time.Advance(TimeSpan.FromTicks(1) + TimeSpan.FromMilliseconds(1));

        var exit = await exits.Next();
        Assert.Equal(("team/a", 1, true), (exit.Run.ToString(), exit.Attempt, exit.Succeeded));
        Assert.Equal(0, executor.OpenCount);
    }

    [Fact]
    public async Task A_timer_that_fires_early_is_set_again()
    {
        await using var executor = Begin(new EarlyTimers(time, TimeSpan.FromMilliseconds(0.7)));
        await executor.Start(Launches.Lasting("a", TimeSpan.FromMinutes(3), T0));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal("team/a", (await exits.Next()).Run.ToString());
        Assert.Equal(0, executor.OpenCount);
    }

    [Fact]
    public async Task A_run_that_does_not_say_takes_the_default()
    {
        await using var executor = Begin(TimeSpan.FromHours(2));
        await executor.Start(Launches.Lasting("a", null, T0));
        time.Advance(TimeSpan.FromHours(1.9));
        Assert.Equal(1, executor.OpenCount);
        time.Advance(TimeSpan.FromHours(0.2));
        Assert.True((await exits.Next()).Succeeded);
    }

    [Fact]
    public async Task A_start_repeated_after_a_restart_whose_end_is_past_ends_at_once()
    {
        await using var executor = Begin();
        time.Advance(TimeSpan.FromDays(3));
        await executor.Start(Launches.Lasting("a", TimeSpan.FromMinutes(3), T0));
        Assert.Equal(1, (await exits.Next()).Attempt);
    }

    [Fact]
    public async Task Repeating_a_start_ends_it_once()
    {
        await using var executor = Begin();
        for (var i = 0; i < 3; i++)
            await executor.Start(Launches.Lasting("a", TimeSpan.FromMinutes(3), T0));
        await executor.Start(Launches.Lasting("last", TimeSpan.FromMinutes(4), T0));
        time.Advance(TimeSpan.FromMinutes(5));
        var seen = new[] { await exits.Next(), await exits.Next() };
        Assert.Equal(["team/a", "team/last"], seen.Select(e => e.Run.ToString()).Order());
        await executor.DisposeAsync();
        Assert.Null(exits.TakeIfAny());
    }

    [Fact]
    public async Task A_stopped_run_never_ends()
    {
        await using var executor = Begin();
        var launch = Launches.Lasting("a", TimeSpan.FromMinutes(3), T0);
        await executor.Start(launch);
        await executor.Stop(Launches.StopOf(launch));
        await executor.Stop(Launches.StopOf(launch));
        await executor.Start(Launches.Lasting("b", TimeSpan.FromMinutes(9), T0));
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("team/b", (await exits.Next()).Run.ToString());
    }

    [Fact]
    public async Task A_later_start_replaces_an_earlier_one_and_a_late_stop_or_start_of_the_earlier_changes_nothing()
    {
        await using var executor = Begin();
        var first = Launches.Lasting("a", TimeSpan.FromMinutes(3), T0);
        var second = Launches.Lasting("a", TimeSpan.FromMinutes(3), T0.AddMinutes(2), attempt: 2);
        await executor.Start(first);
        await executor.Start(second);
        await executor.Stop(Launches.StopOf(first));
        await executor.Start(first);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, executor.OpenCount);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, (await exits.Next()).Attempt);
    }

    [Fact]
    public async Task A_run_of_the_same_name_as_a_deleted_one_runs_its_own_time()
    {
        await using var executor = Begin();
        await executor.Start(Launches.Lasting("a", TimeSpan.FromHours(9), T0));
        await executor.Start(Launches.Lasting("a", TimeSpan.FromMinutes(1), T0.AddMinutes(1)));
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(1, (await exits.Next()).Attempt);
        Assert.Equal(0, executor.OpenCount);
    }

    [Fact]
    public async Task A_hundred_thousand_runs_share_one_timer_and_end_in_order()
    {
        const int runs = 100_000;
        var timers = new EarlyTimers(time, TimeSpan.Zero);
        await using var executor = Begin(timers);
        for (var i = 0; i < runs; i++)
            await executor.Start(Launches.Lasting($"r{i}", TimeSpan.FromSeconds(1 + (i * 7919 % runs)), T0));
        Assert.Equal(1, timers.Made);
        Assert.Equal(runs, executor.OpenCount);
        for (var i = 0; i < runs; i += 2)
            await executor.Stop(Launches.StopOf(Launches.Lasting($"r{i}", null, T0)));
        time.Advance(TimeSpan.FromSeconds(runs / 2));
        Assert.InRange(executor.OpenCount, 1, runs / 2 - 1);
        time.Advance(TimeSpan.FromSeconds(runs));
        Assert.Equal(0, executor.OpenCount);
        var seen = new HashSet<string>();
        for (var i = 0; i < runs / 2; i++)
            Assert.True(seen.Add((await exits.Next()).Run.Name));
    }

    [Fact]
    public async Task A_report_that_is_refused_is_repeated_until_it_is_taken()
    {
        var refusing = new RecordedExits(refusals: 3);
        await using var executor = new SimulatedExecutor(
            new SimulatedExecutorOptions(), TimeProvider.System, NullLogger<SimulatedExecutor>.Instance);
        executor.Begin(refusing);
        await executor.Start(Launches.Lasting("a", TimeSpan.Zero, T0));
        Assert.Equal("team/a", (await refusing.Next()).Run.ToString());
    }

    [Fact]
    public async Task The_longest_duration_does_not_overflow()
    {
        await using var executor = Begin();
        await executor.Start(Launches.Lasting("a", TimeSpan.MaxValue, T0));
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, executor.OpenCount);
    }

    [Fact]
    public async Task The_external_executor_says_nothing()
    {
        await using var external = new ExternalExecutor();
        external.Begin(exits);
        var launch = Launches.Of("a", "/bin/true");
        await external.Start(launch);
        await external.Stop(Launches.StopOf(launch));
        Assert.Null(exits.TakeIfAny());
        Assert.Null(external.Logs);
    }

    private SimulatedExecutor Begin(TimeSpan? standard = null) => Begin(time, standard);

    private SimulatedExecutor Begin(TimeProvider clock, TimeSpan? standard = null)
    {
        var options = standard is { } duration ? new SimulatedExecutorOptions { DurationDefault = duration }
            : new SimulatedExecutorOptions();
        var executor = new SimulatedExecutor(options, clock, NullLogger<SimulatedExecutor>.Instance);
        executor.Begin(exits);
        return executor;
    }
}
