using System.Diagnostics.Metrics;
using Jobtree.Grains.Contracts;
using Jobtree.Silo.Hosting;
using Jobtree.Silo.Tests.Logging;
using Jobtree.Silo.Tests.Restarts;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>A silo is ready when directory and flavors have answered, not as soon as its port is open.</summary>
public sealed class CanaryTests : IClassFixture<CanaryTests.RestartedFleet>, IAsyncDisposable
{
    private readonly Door door;
    private readonly FakeTimeProvider time = new();
    private readonly LogListener log = new(LogLevel.Warning);
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Canary canary;

    public CanaryTests(RestartedFleet fleet)
    {
        door = fleet.Door;
        door.Opens = Task.CompletedTask;
        canary = new Canary(fleet.Fleet.Actors, new FleetMetrics(meters.GetRequiredService<IMeterFactory>()), time,
            new LoggerFactory([log]).CreateLogger<Canary>());
    }

    public async ValueTask DisposeAsync()
    {
        await canary.StopAsync(default);
        canary.Dispose();
        await meters.DisposeAsync();
    }

    [Fact]
    public async Task A_silo_whose_actors_answer_at_once_is_ready_before_its_port_is_open()
    {
        await canary.StartAsync(default);
        Assert.Null(canary.NotAnsweredBecause);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_silo_is_not_ready_while_a_flavor_still_reads_its_journal_but_answers_probes()
    {
        var reading = new TaskCompletionSource();
        door.Opens = reading.Task;
        var start = canary.StartAsync(default);
        await Eventually.Holds(() => canary.NotAnsweredBecause
            == "This silo has had no answer of flavor H100 yet, which may still be reading its journal.");
        Assert.False(start.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await start;
        Assert.NotNull(canary.NotAnsweredBecause);
        reading.SetResult();
        await Eventually.Holds(() => canary.NotAnsweredBecause is null);
    }

    [Fact]
    public async Task What_does_not_answer_at_all_is_told_once_and_keeps_a_silo_from_serving_the_rest_for_minutes_only()
    {
        door.Opens = Task.FromException(new TimeoutException("Nobody is there."));
        var start = canary.StartAsync(default);
        await Eventually.Holds(() => log.Lines.Count == 1);
        Assert.Contains("flavor H100", canary.NotAnsweredBecause, StringComparison.Ordinal);
        time.Advance(Canary.Patience);
        await start;
        await Eventually.Holds(() => canary.NotAnsweredBecause is null);
        Assert.Equal(["DoesNotAnswer", "ServesWithout"], log.Lines.Select(line => line.Event));
    }

    [Fact]
    public async Task A_flavor_that_fails_keeps_nobody_from_being_served()
    {
        door.Opens = Task.FromException(new InvalidDataException("A record has no meaning."));
        await canary.StartAsync(default);
        Assert.Null(canary.NotAnsweredBecause);
        Assert.Equal([("DoesNotAnswer", "Of flavor H100 there is no answer; it is asked again.")], log.Lines);
    }

    [Fact]
    public async Task A_silo_that_was_ready_stays_so_when_an_actor_fails_that_fails_for_all_silos()
    {
        await canary.StartAsync(default);
        door.Opens = Task.FromException(new TimeoutException("Nobody is there."));
        await Eventually.Holds(() =>
        {
            time.Advance(Canary.Every);
            return log.Lines.Count > 0;
        });
        Assert.Null(canary.NotAnsweredBecause);
    }

    /// <summary>A silo that has a flavor since its last start.</summary>
    public sealed class RestartedFleet : IAsyncLifetime
    {
        internal Door Door { get; } = new();

        internal DiskFleet Fleet { get; } = new();

        public async ValueTask InitializeAsync()
        {
            Fleet.Filter = Door;
            await Fleet.Begin();
            await Fleet.Restart();
        }

        public ValueTask DisposeAsync() => Fleet.DisposeAsync();
    }

    /// <summary>What stands before every call to a flavor.</summary>
    internal sealed class Door : IIncomingGrainCallFilter
    {
        public Task Opens { get; set; } = Task.CompletedTask;

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.Grain is IFlavorGrain)
                await Opens;
            await context.Invoke();
        }
    }
}
