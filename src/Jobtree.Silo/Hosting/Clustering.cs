using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>How a silo finds the others, where it listens for them, and where reminders are kept.</summary>
internal static class Clustering
{
    public static ISiloBuilder UseCluster(this ISiloBuilder silo, ClusterSettings cluster, BoundPorts ports)
    {
        // A silo without a port for others still needs one for its name among silos, of which it is the only one.
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
        });
        ClusterListeners.Replace(silo.Services, ports);
        if (cluster.Redis is not { } redis)
        {
            // One silo is the whole cluster: its membership and reminders need not outlive it, since whoever starts it
            // again wakes every actor.
            return silo
                .UseDevelopmentClustering(new IPEndPoint(cluster.Address, siloPort))
                .UseInMemoryReminderService();
        }

        return silo
            .Configure<ClusterMembershipOptions>(Membership.Tune)
            .UseRedisClustering(options => options.ConfigurationOptions = redis.Clone())
            .UseRedisReminderService(options => options.ConfigurationOptions = redis.Clone());
    }
}
