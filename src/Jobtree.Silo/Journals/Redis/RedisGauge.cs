using System.Globalization;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Measures a Redis: its memory, its connections, and the time of a round trip. It needs PING and INFO, and CONFIG GET
/// only for a server that does not tell its limit of connections in INFO. What the user may not ask is not shown, and
/// the log says so once.
/// </summary>
internal sealed partial class RedisGauge : IStoreGauge
{
    private readonly Func<IDatabaseAsync> database;
    private readonly RedisJournalOptions options;
    private readonly FleetMetrics metrics;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly HashSet<string> forbidden = [];
    private Figures figures = new(null, null, null);

    /// <param name="database">The database, on a connection that bulk reads share: the figure for a round trip shows
    /// what they wait for.</param>
    /// <param name="options">The options of the journals.</param>
    /// <param name="metrics">The metrics that show the result.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told once of each question that Redis does not allow.</param>
    public RedisGauge(Func<IDatabaseAsync> database, RedisJournalOptions options, FleetMetrics metrics,
        TimeProvider time, ILogger logger)
    {
        (this.database, this.options, this.metrics, this.time, this.logger) =
            (database, options, metrics, time, logger);
        Show(Catalogue.RedisConnections, static now => now.Connections);
        Show(Catalogue.RedisConnectionsMax, static now => now.ConnectionsMax);
        Show(Catalogue.StorageUsed, static now => now.MemoryUsed, "redis");
    }

    public async Task Measure(CancellationToken cancellation)
    {
        try
        {
            var began = time.GetTimestamp();
            if (await Ask("PING", [], cancellation) is not null)
                metrics.RedisAnswered(time.GetElapsedTime(began));
            var clients = Fields(await Ask("INFO", ["clients"], cancellation));
            var memory = Fields(await Ask("INFO", ["memory"], cancellation));
            var most = Number(clients, "maxclients") ?? await ConfiguredMax(cancellation);
            var limit = Number(memory, "maxmemory");
            figures = new Figures(
                Number(clients, "connected_clients"), most, limit > 0 ? Number(memory, "used_memory") / limit : null);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            figures = new Figures(null, null, null);
            throw new IOException(Outage.Of(failure).Reason);
        }
    }

    /// <summary>The fields of an answer to INFO: <c>name:value</c> in lines.</summary>
    internal static IReadOnlyDictionary<string, string> Fields(RedisResult? answer)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in ((string?)answer ?? "").Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                fields[line[..colon]] = line[(colon + 1)..];
        }

        return fields;
    }

    private async Task<double?> ConfiguredMax(CancellationToken cancellation) =>
        await Ask("CONFIG", ["GET", "maxclients"], cancellation) is { } answer
            && (string[]?)answer is [_, var value]
            && double.TryParse(value, CultureInfo.InvariantCulture, out var most) ? most : null;

    /// <summary>Asks Redis; null: it does not allow this user the question.</summary>
    private async Task<RedisResult?> Ask(string command, object[] arguments, CancellationToken cancellation)
    {
        try
        {
            return await database().ExecuteAsync(command, arguments, CommandFlags.DemandMaster)
                .WaitAsync(options.ReplyTimeout, time, cancellation);
        }
        catch (RedisServerException refused) when (IsForbidden(refused.Message))
        {
            if (forbidden.Add(command))
                Forbidden(command);
            return null;
        }
    }

    private static bool IsForbidden(string message) =>
        message.StartsWith("NOPERM", StringComparison.Ordinal)
        || message.StartsWith("ERR unknown command", StringComparison.Ordinal);

    private static double? Number(IReadOnlyDictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out var text) && double.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number : null;

    private void Show(MetricDefinition series, Func<Figures, double?> read, params string[] labels) =>
        metrics.Observe(series, () => read(Volatile.Read(ref figures)) is { } value
            ? [series.Measure(value, labels)] : []);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Redis does not allow this user {Command}; the metrics that need it are absent "
            + "(jobtree_redis_…, jobtree_storage_used_ratio).")]
    private partial void Forbidden(string command);

    /// <summary>The last measurement; absent values are not known.</summary>
    private sealed record Figures(double? Connections, double? ConnectionsMax, double? MemoryUsed);
}
