using System.Net;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Bench;
using Jobtree.Bench.Load;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Hosting;
using Jobtree.Silo.Journals.Disk;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Jobtree.Silo.Bench;

/// <summary>
/// A fleet on silos of this process, which talk to each other over loopback as silos of several machines would.
/// </summary>
internal sealed class SiloFleet : IAsyncDisposable
{
    private const int FirstPort = 23_111;

    private readonly List<IHost> hosts = [];
    private readonly List<IActorJournals> journals = [];
    private ScratchFolder? folder;

    /// <summary>The Redis that keeps the journals, if one does.</summary>
    public RedisServer? Redis { get; private set; }

    /// <summary>The fleet as each silo sees it.</summary>
    public IEnumerable<IFleet> Fleets => hosts.Select(host => host.Services.GetRequiredService<IFleet>());

    public static async Task<SiloFleet> Open(BenchSettings settings, FleetShape shape, int silos, Place place)
    {
        var fleet = new SiloFleet { folder = settings.NewFolder() };
        if (place == Place.Redis)
            await (fleet.Redis = new RedisServer(fleet.folder.Path, "--loglevel", "warning")).Start();
        for (var number = 0; number < silos; number++)
            await fleet.Add(number, place);
        var applied = await fleet.hosts[0].Services.GetRequiredService<IOperations>().Apply(
            [.. shape.Manifests()], "bench", null);
        return applied.Succeeded(out _, out var problem) ? fleet : throw new InvalidOperationException(
            $"The bench's fleet was refused: {problem.Detail}");
    }

    /// <summary>Waits until all that was decided so far is kept.</summary>
    public Task Kept() => Task.WhenAll(journals.Select(place => place.WhenDurable(CancellationToken.None).AsTask()));

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
            await host.StopAsync();
        foreach (var host in hosts)
            host.Dispose();
        foreach (var place in journals.OfType<IAsyncDisposable>())
            await place.DisposeAsync();
        if (Redis is not null)
            await Redis.DisposeAsync();
        folder?.Dispose();
    }

    private async Task Add(int number, Place place)
    {
        var states = new GrainStates();
        IActorJournals kept = place switch
        {
            Place.Disk => DiskJournals.Open(new DiskJournalOptions { Folder = folder!.Path }, states.Of,
                NullLogger<DiskJournals>.Instance, TimeProvider.System, CancellationToken.None),
            Place.Redis => await RedisJournals.Open(
                new RedisJournalOptions { Configuration = ConfigurationOptions.Parse(Redis!.Endpoint),
                    Service = "bench" }, NullLogger<RedisJournals>.Instance, TimeProvider.System),
            _ => new NoJournals(),
        };
        journals.Add(kept);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FirstPort + number, FirstPort + 100 + number, number == 0 ? null
                : new IPEndPoint(IPAddress.Loopback, FirstPort));
            silo.UseInMemoryReminderService();
            // Its calls are counted as the host counts them.
            silo.Services.AddSingleton(TimeProvider.System).AddSingleton(new FleetMetrics(new MetricRegistry()));
            silo.AddIncomingGrainCallFilter<GrainCallMeter>();
            silo.Services.AddSingleton(kept);
            silo.AddJobtreeGrains();
        });
        var host = builder.Build();
        states.Grains = host.Services.GetRequiredService<IGrainFactory>();
        await host.StartAsync();
        hosts.Add(host);
    }
}
