using System.Net;
using Jobtree.Silo.Clocks;
using Jobtree.Silo.Gateways;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>Configures how a silo finds and hears other silos, and where reminders are stored.</summary>
internal static class Clustering
{
    /// <summary>
    /// Of how many grains on other silos a silo that has no others caches the place. Orleans takes 9 MB for its usual
    /// million.
    /// </summary>
    private const int PlacesCachedAlone = 1_000;

    public static ISiloBuilder UseCluster(
        this ISiloBuilder silo, ClusterSettings cluster, BoundPorts ports, LedgerClock clock)
    {
        // The port is part of a silo's address, so even a silo that listens for no others needs one.
        var siloPort = ports.Silo?.Port ?? EndpointOptions.DEFAULT_SILO_PORT;
        silo.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = cluster.ServiceId;
            options.ClusterId = cluster.ClusterId;
        });
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = cluster.Address;
            options.SiloPort = siloPort;
            options.GatewayPort = ports.Gateway?.Port ?? 0;
            // Kubernetes hosting would otherwise listen on every address.
            options.SiloListeningEndpoint = ports.Silo;
            options.GatewayListeningEndpoint = ports.Gateway;
        });
        ClusterListeners.Replace(silo.Services, ports);
        silo.Configure<ClusterMembershipOptions>(options => options.EvictWhenMaxJoinAttemptTimeExceeded = false);
        silo.BoundConnections();
        if (cluster.Certificates is { } certificates)
            silo.Configure<SiloConnectionOptions>(certificates.Configure);
        silo.AwaitIntroductions();
        if (ports.Gateway is { } gateway)
            silo.AddGatewayDoor(gateway);
        if (cluster.Redis is not { } redis)
        {
            // Membership and reminders of a single silo need not be durable: every start wakes every actor.
            // Orleans writes the membership's times by the wall clock, and compares with that here too.
            silo.Services.AddKeyedSingleton(TimeProviderNames.Membership, TimeProvider.System);
            return silo
                .Configure<GrainDirectoryOptions>(directory => directory.CacheSize = PlacesCachedAlone)
                .UseDevelopmentClustering(new IPEndPoint(cluster.Address, siloPort))
                .UseInMemoryReminderService();
        }

        if (cluster.IsOnKubernetes)
            silo.UseKubernetesHosting();
        silo.Configure<ClusterMembershipOptions>(Membership.Tune)
            .UseRedisClustering(options => options.ConfigurationOptions = redis.Clone())
            .UseRedisReminderService(options => options.ConfigurationOptions = redis.Clone());
        DatedMembershipTable.Register(silo.Services, clock);
        return silo;
    }
}
