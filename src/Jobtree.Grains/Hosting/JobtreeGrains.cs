using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Grains.Homes;
using Jobtree.Grains.Journals;
using Jobtree.Grains.Links;
using Jobtree.Grains.Reporting;
using Jobtree.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.GrainDirectory;
using Orleans.Runtime.Hosting;

namespace Jobtree.Grains.Hosting;

/// <summary>Adds a fleet's actors to a silo.</summary>
public static class JobtreeGrains
{
    /// <summary>
    /// Adds the grains and the operations over them. The host provides an <see cref="IActorJournals"/> and, for clients
    /// of the cluster, an <see cref="IFleetAccess"/>. It may provide an <see cref="IRunHistoryStore"/> and an
    /// <see cref="IExecutor"/>, and chooses clustering and reminders.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">How actors are hosted.</param>
    public static ISiloBuilder AddJobtreeGrains(this ISiloBuilder silo, GrainOptions? options = null)
    {
        var services = silo.Services;
        services.AddJobtreeWire();
        services.AddSingleton(options ?? new GrainOptions());
        services.TryAddSingleton<IExecutor>(new NoExecutor());
        services.AddSingleton<GrainFleet>().AddSingleton<IFleet>(
            static provider => provider.GetRequiredService<GrainFleet>());
        services.AddSingleton<ActorServices>();
        services.AddSingleton<RunHomes>().AddSingleton<IGrainDirectoryCache>(
            static provider => provider.GetRequiredService<RunHomes>());
        silo.AddGrainDirectory(RunHomes.Name, static (provider, _) => provider.GetRequiredService<RunHomes>());
        silo.AddReports();
        SiloLink.AddTo(silo);
        services.AddSingleton<RunServices>();
        services.AddSingleton<IConfigureGrainTypeComponents>(
            static provider => new RunActivator(provider.GetRequiredService<RunServices>));
        services.AddSingleton(static provider => new ClusterOperations(
            new FleetOperations(
                provider.GetRequiredService<GrainFleet>(),
                provider.GetRequiredService<GrainOptions>().Clock,
                provider.GetRequiredService<IActorJournals>().WhenDurable,
                provider.GetRequiredService<GrainOptions>().Limits,
                provider.GetRequiredService<GrainOptions>().Observer,
                provider.GetRequiredService<IActorJournals>().Ledgers,
                provider.GetService<IRunHistoryStore>()),
            provider.GetRequiredService<GrainFleet>().Cached,
            provider.GetRequiredService<GrainOptions>().Changed,
            () => provider.GetRequiredService<IActorJournals>().LossBecause,
            () => provider.GetRequiredService<IActorJournals>() is var journals
                ? journals.LossBecause ?? journals.AwayBecause : null));
        services.AddSingleton<IOperations>(static provider => provider.GetRequiredService<ClusterOperations>());
        silo.AddStartupTask<FleetWaker>();
        return silo;
    }
}
