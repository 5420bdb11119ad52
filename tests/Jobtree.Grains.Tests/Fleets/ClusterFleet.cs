using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs.Following;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace Jobtree.Grains.Tests.Fleets;

/// <summary>
/// A fleet as grains on a cluster of real silos in this process, under virtual time, asked through a client of the
/// cluster.
/// </summary>
internal sealed class ClusterFleet : IStoryFleet
{
    private readonly FakeTimeProvider time = VirtualTime.Begin();
    private readonly InProcessTestCluster cluster;

    private ClusterFleet(short silos, GrainOptions options, MemoryJournals? journals, ILoggerProvider? log)
    {
        Journals = journals ?? new MemoryJournals();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IActorJournals>(new MemoryActorJournals(Journals));
            silo.Services.AddSingleton<IFleetAccess, OpenFleet>();
            silo.AddJobtreeGrains(options with { Clock = time });
            silo.UseInMemoryReminderService();
        });
        builder.ConfigureHost(host =>
        {
            host.Logging.ClearProviders();
            if (log is not null)
                host.Logging.AddProvider(log);
        });
        builder.ConfigureClient(client => client.Services.AddJobtreeWire());
        cluster = builder.Build();
    }

    public MemoryJournals Journals { get; }

    public DateTimeOffset Now => time.GetUtcNow();

    public IOperations Operations => cluster.Client.GetGrain<IOperationsGrain>(0);

    public IGrainFactory Grains => cluster.Client;

    /// <summary>How many silos there are.</summary>
    public int Silos => cluster.Silos.Count;

    /// <param name="silos">How many silos.</param>
    /// <param name="options">How actors are hosted; absent: step by step, by virtual time alone.</param>
    /// <param name="journals">What a fleet before it wrote; absent: nothing.</param>
    /// <param name="log">Hears what the silos log.</param>
    public static async Task<ClusterFleet> Start(short silos, GrainOptions? options = null,
        MemoryJournals? journals = null, ILoggerProvider? log = null)
    {
        var fleet = new ClusterFleet(silos, options ?? new GrainOptions { Stepped = true }, journals, log);
        await fleet.cluster.DeployAsync();
        return fleet;
    }

    public async Task AdvanceTo(DateTimeOffset at)
    {
        while (await Settle() is { } due && due <= at)
        {
            time.MoveTo(due);
            await Settle();
        }
        time.MoveTo(at);
        await Settle();
    }

    public Task Step() => Settle();

    /// <summary>Adds a silo, and waits until all know it.</summary>
    public async Task<InProcessSiloHandle> AddSilo()
    {
        var silo = await cluster.StartAdditionalSiloAsync();
        await cluster.WaitForLivenessToStabilizeAsync();
        return silo;
    }

    /// <summary>Stops a silo as one is stopped that is not needed any more, and waits until all know it.</summary>
    public async Task StopSilo(InProcessSiloHandle silo)
    {
        await cluster.StopSiloAsync(silo);
        await cluster.WaitForLivenessToStabilizeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
    }

    /// <summary>Settles every flavor, then wakes the runs that follow others, until nothing is left to do.</summary>
    private async Task<DateTimeOffset?> Settle()
    {
        while (true)
        {
            var next = await SettleFlavors();
            var (hasWoken, nextFollower) = await WakeFollowers();
            if (!hasWoken)
                return next is null || nextFollower < next ? nextFollower ?? next : next;
        }
    }

    /// <summary>Wakes the due followers of all shards in order of submission, as one shard would.</summary>
    private async Task<(bool HasWoken, DateTimeOffset? Next)> WakeFollowers()
    {
        var due = new List<DueFollower>();
        DateTimeOffset? next = null;
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            var found = await cluster.Client.GetGrain<IRunIndexGrain>(shard).TakeDueFollowers();
            due.AddRange(found.Now);
            next = next is null || found.NextWake < next ? found.NextWake ?? next : next;
        }
        foreach (var follower in due.Order())
            await cluster.Client.GetGrain<IRunGrain>(follower.Run.ToString()).Resume();
        return (due.Count > 0, next);
    }

    /// <summary>Settles every flavor until none has anything to do, and the listing until it knows.</summary>
    private async Task<DateTimeOffset?> SettleFlavors()
    {
        bool again;
        DateTimeOffset? next;
        do
        {
            (again, next) = (false, null);
            foreach (var flavor in await cluster.Client.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key).Flavors())
            {
                var settled = await cluster.Client.GetGrain<IFlavorGrain>(flavor).Settle();
                again |= settled.HadWork;
                next = next is null || settled.NextWake < next ? settled.NextWake ?? next : next;
            }
        }
        while (again);
        foreach (var silo in cluster.Silos)
            await silo.ServiceProvider.GetRequiredService<GrainFleet>().Index.Flush();
        return next;
    }
}
