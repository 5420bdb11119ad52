using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>How a silo finds the others, where it listens for them, and where reminders are kept.</summary>
internal static class Clustering
{
    public static ISiloBuilder UseCluster(this ISiloBuilder silo, ClusterSettings cluster, SiloPorts ports)
    {
        silo.Configure<ClusterOptions>(
            options => (options.ServiceId, options.ClusterId) = (cluster.ServiceId, cluster.ClusterId));
        if (cluster.Redis is not { } redis)
        {
            // One silo is the whole cluster: its membership and reminders need not outlive it, since whoever starts it
            // again wakes every actor.
            return silo.UseLocalhostClustering(ports.Silo, ports.Gateway, null, cluster.ServiceId, cluster.ClusterId)
                .UseInMemoryReminderService();
        }

        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = cluster.Address;
            options.SiloPort = ports.Silo;
            options.GatewayPort = ports.Gateway;
            options.SiloListeningEndpoint = new IPEndPoint(cluster.Address, ports.Silo);
            options.GatewayListeningEndpoint = new IPEndPoint(cluster.Address, ports.Gateway);
        });
        return silo
            .Configure<ClusterMembershipOptions>(Membership.Tune)
            .UseRedisClustering(options => options.ConfigurationOptions = redis.Clone())
            .UseRedisReminderService(options => options.ConfigurationOptions = redis.Clone());
    }
}
