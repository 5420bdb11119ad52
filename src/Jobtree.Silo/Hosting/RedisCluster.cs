using Jobtree.Api.Auditing;
using Jobtree.Silo.Auditing;
using Jobtree.Silo.Commands;
using Jobtree.Execution;
using Jobtree.Silo.Clocks;
using Jobtree.Silo.Histories;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>A silo of a cluster: no data is on this machine.</summary>
internal static class RedisCluster
{
    /// <exception cref="ArgumentException">The options conflict.</exception>
    /// <exception cref="IOException">Redis cannot be reached or refuses this silo; or the history is of a later
    /// version, or of another cluster.</exception>
    public static async Task<SiloStorage> Open(UpSettings settings, ClusterSettings cluster, FleetMetrics metrics,
        LedgerClock time, ILoggerFactory loggers)
    {
        if (settings.Executor is not (null or ExecutorKind.External))
            throw new ArgumentException(
                "In a cluster runs are carried out by others, who report through the API: only --executor external " +
                "is allowed.");
        await RedisGreeting.Await(cluster.Redis!, TimeProvider.System);
        var journals = await RedisJournals.Open(
            new RedisJournalOptions
            {
                Configuration = cluster.Redis!,
                Service = cluster.ServiceId,
                StateFolder = StateFolder.Choose(cluster.StateFolder, loggers.CreateLogger<RedisJournals>()),
                Metrics = metrics,
            },
            loggers.CreateLogger<RedisJournals>(),
            time);
        try
        {
            if (await journals.ServerTime() is { } now)
                time.Follow(now);
            var history = cluster.HistoryPostgres is { } postgres ? await PostgresHistory.Open(
                new PostgresHistoryOptions { Connection = postgres, Service = cluster.ServiceId, Metrics = metrics },
                loggers.CreateLogger<PostgresHistory>(),
                time) : null;
            return new SiloStorage(journals, journals.Gauge(metrics), null, null,
                StartMessage(cluster.ServiceId, history is not null))
            {
                History = history,
                Audit = await RedisAuditLog.Open(
                    cluster.Redis!, cluster.ServiceId, settings.Audit(AuditRetention.InMemory), time),
            };
        }
        catch
        {
            await journals.DisposeAsync();
            throw;
        }
    }

    private static string StartMessage(string service, bool hasHistory) => hasHistory
        ? $"Keeps everything in Redis, as the service {service}, and runs that ended in PostgreSQL."
        : $"Keeps everything in Redis, as the service {service}. Runs that ended are forgotten when they leave the "
            + "listing; --history-postgres keeps them.";
}
