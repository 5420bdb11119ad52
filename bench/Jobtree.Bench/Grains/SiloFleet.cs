using System.Net;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Bench.Load;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Bench.Grains;

/// <summary>
/// A fleet on silos of this process, which talk to each other over loopback as silos of several machines would.
/// </summary>
internal sealed class SiloFleet : IAsyncDisposable
{
    private const int FirstPort = 23_111;

    private readonly List<IHost> hosts = [];
    private readonly List<SiloJournals> journals = [];
    private readonly List<IDisposable> folders = [];

    /// <summary>The Redis that keeps the journals, if one does.</summary>
    public RedisServer? Redis { get; private set; }

    /// <summary>The fleet as each silo sees it.</summary>
    public IEnumerable<IFleet> Fleets => hosts.Select(host => host.Services.GetRequiredService<IFleet>());

    /// <summary>The operations of the first silo.</summary>
    public IOperations Operations => hosts[0].Services.GetRequiredService<IOperations>();

    /// <summary>The journals of the first silo.</summary>
    public SiloJournals Journals => journals[0];

    /// <summary>Starts silos on new journals, and registers the nodes and budgets.</summary>
    public static async Task<SiloFleet> Open(BenchSettings settings, FleetShape shape, int silos, JournalPlace place)
    {
        var fleet = new SiloFleet();
        var folder = settings.NewFolder();
        fleet.folders.Add(folder);
        if (place == JournalPlace.Redis)
            await (fleet.Redis = new RedisServer(folder.Path, "--loglevel", "warning")).Start();
        for (var number = 0; number < silos; number++)
        {
            await fleet.Add(place switch
            {
                JournalPlace.Disk => SiloJournals.OnDisk(folder.Path),
                JournalPlace.Redis => await SiloJournals.InRedis(fleet.Redis!.Endpoint, "bench"),
                _ => new SiloJournals(new NoJournals()),
            });
        }
        await fleet.Register(shape);
        return fleet;
    }

    /// <summary>Starts one silo on the journals of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="snapshotEvery">The number of records between snapshots; by default none is taken by itself.</param>
    public static async Task<SiloFleet> OpenFolder(string folder, long snapshotEvery = long.MaxValue)
    {
        var fleet = new SiloFleet();
        await fleet.Add(SiloJournals.OnDisk(folder, snapshotEvery));
        return fleet;
    }

    /// <summary>Registers nodes and budgets.</summary>
    public async Task Register(FleetShape shape)
    {
        var applied = await Operations.Apply([.. shape.Manifests()], "bench");
        if (!applied.Succeeded(out _, out var problem))
            throw new InvalidOperationException($"The bench's fleet was refused: {problem.Detail}");
    }

    /// <summary>Waits until everything decided so far is durable.</summary>
    public Task WhenDurable() => Task.WhenAll(
        journals.Select(each => each.Journals.WhenDurable(CancellationToken.None).AsTask()));

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
            await host.StopAsync();
        foreach (var host in hosts)
            host.Dispose();
        foreach (var each in journals)
            await each.DisposeAsync();
        if (Redis is not null)
            await Redis.DisposeAsync();
        foreach (var folder in folders)
            folder.Dispose();
    }

    private async Task Add(SiloJournals opened)
    {
        var number = hosts.Count;
        journals.Add(opened);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FirstPort + number, FirstPort + 100 + number, number == 0 ? null
                : new IPEndPoint(IPAddress.Loopback, FirstPort));
            silo.UseInMemoryReminderService();
            opened.AddFleetTo(silo);
        });
        var host = builder.Build();
        hosts.Add(host);
        await host.StartAsync();
    }
}
