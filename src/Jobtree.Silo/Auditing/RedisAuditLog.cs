using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Api.Auditing;
using StackExchange.Redis;

namespace Jobtree.Silo.Auditing;

/// <summary>
/// The audit log of a cluster: one stream in Redis for all silos. An entry of the stream is a batch of lines. Its id is
/// the number of the first line and, after the dash, the bytes of all batches before. What was there before decides it,
/// and Redis refuses an id that is not greater than the last: of two silos that add at the same place one succeeds, and
/// the other reads on and tries again. So the chain has no branches.
/// </summary>
internal sealed class RedisAuditLog : IAuditStore, IAsyncDisposable
{
    private const int TriesMax = 100;
    private const int TrimAtOnce = 16;
    private const int TrimsPerTurnover = 64;
    private const string Field = "lines";
    private static readonly TimeSpan TrimEvery = TimeSpan.FromHours(1);

    /// <summary>How soon a broken connection is tried again; commands meanwhile leave no entry.</summary>
    private static readonly TimeSpan ReconnectEvery = TimeSpan.FromMilliseconds(250);

    private readonly ConnectionMultiplexer connection;
    private readonly RedisKey key;
    private readonly AuditRetention retention;
    private readonly TimeProvider time;
    private AuditChain? chain;
    private long bytes;
    private long bytesAtTrim;
    private long lastTrim;

    private RedisAuditLog(
        ConnectionMultiplexer connection, string service, AuditRetention retention, TimeProvider time) =>
        (this.connection, key, this.retention, this.time) =
            (connection, $"{{jobtree:{service}}}:audit", retention, time);

    /// <summary>Opens the log of a service. Redis need not be up yet.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="service">The service id.</param>
    /// <param name="retention">How much is kept.</param>
    /// <param name="time">The clock.</param>
    public static async Task<RedisAuditLog> Open(
        ConfigurationOptions redis, string service, AuditRetention retention, TimeProvider time)
    {
        var configuration = redis.Clone();
        configuration.ClientName = $"jobtree-{service}-audit";
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.IncludeDetailInExceptions = false;
        configuration.HeartbeatInterval = ReconnectEvery;
        configuration.ReconnectRetryPolicy = new LinearRetry((int)ReconnectEvery.TotalMilliseconds);
        return new RedisAuditLog(
            await ConnectionMultiplexer.ConnectAsync(configuration), service, retention, time);
    }

    /// <inheritdoc/>
    public async ValueTask Append(IReadOnlyList<AuditEntry> entries, CancellationToken cancellation)
    {
        try
        {
            for (var tries = 1; ; tries++)
            {
                chain ??= await ReadEnd();
                var next = chain.Copy();
                var (lines, length) = Lines(next, entries);
                try
                {
                    await connection.GetDatabase().StreamAddAsync(key, Field, lines,
                        Id(chain.Sequence + 1, bytes), flags: CommandFlags.DemandMaster);
                    (chain, bytes) = (next, bytes + length);
                    if (bytes - bytesAtTrim > retention.BytesMax / TrimsPerTurnover
                        || time.GetElapsedTime(lastTrim) > TrimEvery)
                        await Trim();
                    return;
                }
                catch (RedisServerException taken) when (tries < TriesMax
                    && taken.Message.Contains("equal or smaller", StringComparison.Ordinal))
                {
                    // Another silo has added a batch here.
                    chain = null;
                }
            }
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            // It may have been added although the answer was lost.
            chain = null;
            throw new IOException($"Redis does not take the audit log: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LedgerPage> Read(long after, int max, CancellationToken cancellation)
    {
        try
        {
            var database = connection.GetDatabase();
            var oldest = await database.StreamRangeAsync(key, count: 1);
            var found = new List<LedgerRecord>();
            if (oldest.Length == 0)
                return new LedgerPage(found, 1);
            // The batch that the next line is in may begin before it.
            var holding = await database.StreamRangeAsync(
                key, maxId: $"{Text(after + 1)}-{ulong.MaxValue.ToString(CultureInfo.InvariantCulture)}", count: 1,
                messageOrder: Order.Descending);
            var from = holding.Length > 0 ? (string)holding[0].Id! : "-";
            while (found.Count < max)
            {
                cancellation.ThrowIfCancellationRequested();
                var batches = await database.StreamRangeAsync(key, from, count: TrimAtOnce);
                foreach (var batch in batches)
                {
                    var sequence = FirstOf(batch);
                    foreach (var line in LinesOf(batch))
                    {
                        if (sequence > after && found.Count < max)
                            found.Add(new LedgerRecord(sequence, line));
                        sequence++;
                    }
                }
                if (batches.Length < TrimAtOnce)
                    break;
                from = $"({batches[^1].Id}";
            }
            return new LedgerPage(found, FirstOf(oldest[0]));
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            throw new IOException($"Redis does not answer: {failure.Message}", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await connection.CloseAsync(allowCommandsToComplete: false);
        await connection.DisposeAsync();
    }

    private async Task<AuditChain> ReadEnd()
    {
        var last = await connection.GetDatabase().StreamRangeAsync(
            key, count: 1, messageOrder: Order.Descending, flags: CommandFlags.DemandMaster);
        bytes = last.Length == 0 ? 0 : BytesBefore(last[0]) + ((byte[])last[0][Field]!).Length;
        if (last.Length == 0)
            return new AuditChain();
        var end = new AuditChain();
        foreach (var line in LinesOf(last[0]))
            end = AuditChain.Behind(line);
        return end;
    }

    /// <summary>Lets the oldest batches go while there are too many bytes, or while they are too old.</summary>
    private async Task Trim()
    {
        (bytesAtTrim, lastTrim) = (bytes, time.GetTimestamp());
        var database = connection.GetDatabase();
        while (true)
        {
            var oldest = await database.StreamRangeAsync(key, count: TrimAtOnce, flags: CommandFlags.DemandMaster);
            var kept = oldest.FirstOrDefault(batch => bytes - BytesBefore(batch) <= retention.BytesMax
                && AuditChain.Read(LinesOf(batch).First()).At >= time.GetUtcNow() - retention.Age);
            if (oldest.Length <= 1 || kept.Id == oldest[0].Id)
                return;
            // The last batch stays in any case: the next one is linked to it.
            await database.StreamTrimByMinIdAsync(key, kept.IsNull ? oldest[^1].Id : kept.Id);
            if (!kept.IsNull || oldest.Length < TrimAtOnce)
                return;
        }
    }

    private static (byte[] Lines, long Length) Lines(AuditChain chain, IReadOnlyList<AuditEntry> entries)
    {
        using var lines = new MemoryStream();
        foreach (var entry in entries)
        {
            lines.Write(chain.Add(entry));
            lines.WriteByte((byte)'\n');
        }
        return (lines.ToArray(), lines.Length);
    }

    private static IEnumerable<byte[]> LinesOf(StreamEntry batch)
    {
        var lines = (byte[])batch[Field]!;
        for (var (begin, end) = (0, 0); (end = lines.AsSpan(begin).IndexOf((byte)'\n')) >= 0; begin += end + 1)
            yield return lines[begin..(begin + end)];
    }

    private static long FirstOf(StreamEntry batch) => Part(batch, 0);

    private static long BytesBefore(StreamEntry batch) => Part(batch, 1);

    private static long Part(StreamEntry batch, int index) =>
        long.Parse(((string)batch.Id!).Split('-')[index], CultureInfo.InvariantCulture);

    private static RedisValue Id(long first, long bytes) => $"{Text(first)}-{Text(bytes)}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
