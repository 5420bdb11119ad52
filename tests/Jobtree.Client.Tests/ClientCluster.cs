using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Grains.Tests.Fleets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Jobtree.Client.Tests;

/// <summary>A cluster of three real silos in this process with a fleet of 16 GPUs, and a client of it.</summary>
internal sealed class ClientCluster : IAsyncDisposable
{
    private readonly CancellationTokenSource deadline = new(TimeSpan.FromSeconds(90));
    private readonly MemoryJournals journals = new();
    private readonly InProcessTestCluster cluster;

    private ClientCluster(TimeProvider time)
    {
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IActorJournals>(new MemoryActorJournals(journals));
            silo.Services.AddSingleton<IFleetAccess, OpenFleet>();
            silo.AddJobtreeGrains();
            // As a silo with a target for traces does.
            silo.AddActivityPropagation();
            silo.UseInMemoryReminderService();
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(1);
                membership.NumMissedProbesLimit = 2;
                membership.NumVotesForDeathDeclaration = 1;
            });
            silo.Configure<SiloMessagingOptions>(messages => messages.ResponseTimeout = TimeSpan.FromSeconds(5));
        });
        builder.ConfigureHost(host => host.Logging.ClearProviders());
        builder.ConfigureClient(client =>
        {
            client.AddJobtreeClient(new JobtreeClientOptions { Patience = TimeSpan.FromSeconds(60), Time = time });
            client.Configure<ClientMessagingOptions>(messages => messages.ResponseTimeout = TimeSpan.FromSeconds(5));
        });
        cluster = builder.Build();
    }

    public JobtreeClient Client => cluster.Client.ServiceProvider.GetRequiredService<JobtreeClient>();

    /// <summary>When a test has waited long enough to fail.</summary>
    public CancellationToken Deadline => deadline.Token;

    /// <param name="time">The client's clock; absent: the system's.</param>
    public static async Task<ClientCluster> Start(TimeProvider? time = null)
    {
        var started = new ClientCluster(time ?? TimeProvider.System);
        await started.cluster.DeployAsync();
        await started.Client.Apply(
        [
            new NodeManifest(new Node { Name = "n0", Flavor = "H100", Gpus = 8 }),
            new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }),
        ]);
        return started;
    }

    /// <summary>Kills the silo that was started last, without letting it say goodbye.</summary>
    public Task KillOne() => cluster.KillSiloAsync(cluster.Silos[^1]);

    /// <summary>
    /// Watches all runs on one silo, and kills another one that has a shard of the listing without saying goodbye.
    /// </summary>
    public async Task<IAsyncEnumerator<RunChange>> WatchAndKillAShard()
    {
        var management = cluster.Client.GetGrain<IManagementGrain>(0);
        var home = await management.GetActivationAddress(cluster.Client.GetGrain<IRunIndexGrain>(0));
        var killed = cluster.Silos.Single(silo => silo.SiloAddress.Equals(home));
        var changes = cluster.Silos.First(silo => silo != killed).ServiceProvider.GetRequiredService<IOperations>()
            .WatchRuns(new RunQuery(), null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await changes.MoveNextAsync());
        await cluster.KillSiloAsync(killed);
        return changes;
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
        deadline.Dispose();
    }
}
