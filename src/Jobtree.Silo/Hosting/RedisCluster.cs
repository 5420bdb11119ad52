using Jobtree.Silo.Commands;
using Jobtree.Execution;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>A silo of a cluster: all data is in Redis, none on this machine.</summary>
internal static class RedisCluster
{
    /// <exception cref="ArgumentException">The options conflict.</exception>
    public static async Task<SiloStorage> Open(UpSettings settings, ClusterSettings cluster, FleetMetrics metrics,
        TimeProvider time, ILoggerFactory loggers)
    {
        if (settings.Executor is not (null or ExecutorKind.External))
            throw new ArgumentException(
                "In a cluster runs are carried out by others, who report through the API: only --executor external " +
                "is allowed.");
        var journals = await RedisJournals.Open(
            new RedisJournalOptions
            {
                Configuration = cluster.Redis!,
                Service = cluster.ServiceId,
                Metrics = metrics,
            },
            loggers.CreateLogger<RedisJournals>(),
            time);
        return new SiloStorage(journals, journals.Gauge(metrics), null, null,
            $"Keeps everything in Redis, as the service {cluster.ServiceId}.");
    }
}
