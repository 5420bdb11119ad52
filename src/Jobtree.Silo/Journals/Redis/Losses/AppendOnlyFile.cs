using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>
/// Has Redis write its append-only file anew after each of its starts. If a power failure cut the file within the
/// transaction that a script is in it, Redis takes the cut command away and leaves the transaction open (Redis 7.0, and
/// Valkey before its change 4342, with <c>aof-load-truncated yes</c>, the default). At the start after that, what was
/// appended since is read as a part of it: records that were lost come back in the places of acknowledged ones, and
/// what is not within a transaction is lost. From the moment when a new file is begun, no such start succeeds.
/// </summary>
/// <param name="options">The options of the journals.</param>
/// <param name="keys">The keys of the service.</param>
/// <param name="logger">Told if Redis does not do it.</param>
/// <param name="time">The clock.</param>
internal sealed partial class AppendOnlyFile(
    RedisJournalOptions options, RedisKeys keys, ILogger logger, TimeProvider time)
{
    private const string UnderWay = "in progress";

    private string? told;

    /// <summary>Begins a new file, unless one was begun since Redis was started, or it keeps none.</summary>
    /// <param name="database">The database.</param>
    /// <param name="table">What the store says; a store that is new has nothing to lose.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="RedisException">Redis cannot be reached.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task Renew(IDatabaseAsync database, StoreTable table, CancellationToken cancellation)
    {
        string? server = null;
        try
        {
            var fields = RedisGauge.Fields(await Ask(database, "INFO", cancellation));
            if (!fields.TryGetValue("run_id", out server) || server == table.Server
                || fields.GetValueOrDefault("aof_enabled") != "1")
                return;
            if (table.Id is not null || table.Server is not null)
                await Ask(database, "BGREWRITEAOF", cancellation);
        }
        catch (RedisServerException refused) when (Outage.Of(refused).Answers
            || refused.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            if (!refused.Message.Contains(UnderWay, StringComparison.Ordinal))
            {
                if (told != (server ?? ""))
                    NotRenewed(refused.Message.Split(' ', 2)[0]);
                told = server ?? "";
                return;
            }
        }
        await database.HashSetAsync(keys.Store, StoreTable.ServerField, server, When.Always,
            CommandFlags.DemandMaster).WaitAsync(options.ReplyTimeout, time, cancellation);
    }

    private Task<RedisResult> Ask(IDatabaseAsync database, string command, CancellationToken cancellation) =>
        database.ExecuteAsync(command, [], CommandFlags.DemandMaster)
            .WaitAsync(options.ReplyTimeout, time, cancellation);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Redis does not begin a new append-only file ({Code}; INFO and BGREWRITEAOF are needed). After a "
            + "power failure it may keep the beginning of a transaction and mix it with what follows when it is "
            + "started the second time: set aof-load-truncated to no.")]
    private partial void NotRenewed(string code);
}
