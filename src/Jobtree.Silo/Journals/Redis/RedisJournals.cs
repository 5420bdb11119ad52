using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis.Losses;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The journals of a cluster, in Redis: a stream for each actor, a hash for its snapshot, and sorted sets that list the
/// runs. Every append carries its record's number, which a script checks against the stream: of two activations of one
/// actor, only one can continue. <see cref="AppendQueue"/> describes how batches are sent and what happens while Redis
/// is away.
/// </summary>
internal sealed partial class RedisJournals : IActorJournals, IAsyncDisposable
{
    private const string Unreachable = "Redis cannot be reached.";

    /// <summary>The longest that an answer about the time may take.</summary>
    private static readonly TimeSpan TimeAnswerMax = TimeSpan.FromSeconds(2);

    private readonly ConnectionMultiplexer appending;
    private readonly ConnectionMultiplexer reading;
    private readonly RedisJournalOptions options;
    private readonly RedisKeys keys;
    private readonly JournalCounters counters;
    private readonly StoreGuard guard;
    private readonly AppendQueue queue;
    private readonly SnapshotStore snapshots;
    private readonly JournalReader reader;
    private readonly ForgottenActors forgotten;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource closing = new();
    private readonly Task watch;
    private RedisDurability durability = RedisDurability.NotAsked;
    private volatile string? readsAwayBecause;
    private Task readProbe = Task.CompletedTask;
    private Task comparison = Task.CompletedTask;
    private int isClosed;

    private RedisJournals(ConnectionMultiplexer appending, ConnectionMultiplexer reading, RedisJournalOptions options,
        MemoryFile? file, ILogger logger, TimeProvider time)
    {
        (this.appending, this.reading, this.options, this.logger, this.time) =
            (appending, reading, options, logger, time);
        keys = new RedisKeys(options.Service);
        counters = new JournalCounters(options.Metrics);
        guard = new StoreGuard(options, keys, counters, file, logger, time);
        queue = new AppendQueue(appending.GetDatabase(), options, keys, guard, counters, logger, time);
        Losses = new LossDesk(reading.GetDatabase(), options, keys, guard, time);
        snapshots = new SnapshotStore(reading.GetDatabase(), options, keys, counters, time);
        reader = new JournalReader(reading.GetDatabase(), options, keys, time);
        forgotten = new ForgottenActors(reading.GetDatabase(), options, keys, time);
        Links = new LinkTable(reading.GetDatabase(), keys);
        appending.ConnectionFailed += (_, _) => queue.Doubt();
        readsAwayBecause = reading.IsConnected ? null : Unreachable;
        reading.ConnectionFailed += (_, failed) =>
        {
            if (failed.ConnectionType == ConnectionType.Interactive)
                readsAwayBecause = Unreachable;
        };
        queue.Probe();
        watch = Task.Run(Watch);
    }

    /// <summary>Considers both connections, the appending and the reading one.</summary>
    public string? AwayBecause => queue.Outage?.Reason ?? readsAwayBecause;

    public string? LossBecause => guard.Loss?.Sentence;

    public int Generation => guard.Generation;

    /// <summary>Tells of lost records, and accepts their loss.</summary>
    public LossDesk Losses { get; }

    /// <summary>What the silos say of their links to each other.</summary>
    public LinkTable Links { get; }

    /// <summary>What a power failure of Redis may lose, as of the last query.</summary>
    public RedisDurability Durability => Volatile.Read(ref durability);

    /// <summary>Counters since the journals were opened.</summary>
    public RedisJournalStatistics Statistics => counters.Read(queue.Pending);

    /// <summary>
    /// Opens the journals of a service. Redis need not be up yet; <see cref="AwayBecause"/> is set until it is.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="logger">Logs outages, losses, and settings that do not make records durable.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="IOException">The state folder cannot be written, or a file in it cannot be read.</exception>
    public static async Task<RedisJournals> Open(
        RedisJournalOptions options, ILogger<RedisJournals> logger, TimeProvider time)
    {
        options.Validate();
        var file = options.StateFolder is { } folder ? MemoryFile.Open(
            folder, options.Service, options.Configuration.EndPoints.Select(place => place.ToString()!)) : null;
        ConnectionMultiplexer? appending = null;
        try
        {
            appending = await Connect(options, "append", options.ReplyTimeout);
            return new RedisJournals(
                appending, await Connect(options, "read", options.BulkTimeout), options, file, logger, time);
        }
        catch
        {
            if (appending is not null)
                await appending.DisposeAsync();
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Measures this Redis, for the metrics of a host.</summary>
    /// <param name="metrics">The metrics that show the result.</param>
    public RedisGauge Gauge(FleetMetrics metrics) =>
        new(() => reading.GetDatabase(), options, metrics, time, logger);

    /// <summary>
    /// The time of Redis' clock, for which a start waits: the wall clock may be wrong, and what is decided by it stays.
    /// Null: Redis does not tell it to this user.
    /// </summary>
    /// <exception cref="IOException">Redis has not answered soon for <see cref="RedisJournalOptions.BulkTimeout"/>.
    /// </exception>
    public async Task<DateTimeOffset?> ServerTime()
    {
        for (var first = time.GetTimestamp(); ;)
        {
            string why;
            try
            {
                var began = time.GetTimestamp();
                var answer = (long[]?)await reading.GetDatabase().ExecuteAsync("TIME", [], CommandFlags.DemandMaster)
                    .WaitAsync(options.BulkTimeout, time, closing.Token);
                var took = time.GetElapsedTime(began);
                // When it was said is not known any better than that: this process may not have run meanwhile.
                if (took <= TimeAnswerMax)
                    return answer is not [var seconds, var microseconds] ? null
                        : DateTimeOffset.FromUnixTimeSeconds(seconds).AddMicroseconds(microseconds) + (took / 2);
                why = "Redis answers late.";
            }
            catch (RedisServerException refused) when (Outage.Of(refused).Answers
                || refused.Message.StartsWith("NOPERM", StringComparison.Ordinal))
            {
                return null;
            }
            catch (Exception failure) when (Outage.Is(failure, closing.Token))
            {
                why = Outage.Of(failure).Reason;
                await Task.Delay(options.ProbeEvery, time, closing.Token);
            }
            if (time.GetElapsedTime(first) >= options.BulkTimeout)
                throw new IOException($"{why} Its clock is needed to begin.");
        }
    }

    public async ValueTask<RecoveredState> Read(ActorKey actor, CancellationToken cancellation)
    {
        ThrowIfSilent();
        var known = StoreMemory.Remembers(actor) ? guard.Memory.LastOf(actor) : 0;
        var recovered = await reader.Read(actor, cancellation);
        if (StoreMemory.Remembers(actor))
            guard.Check(actor, known, recovered);
        return recovered;
    }

    public async ValueTask<IReadOnlyList<(long Sequence, ReadOnlyMemory<byte> Record)>?> ReadEnd(
        ActorKey actor, long from, int max, CancellationToken cancellation)
    {
        ThrowIfSilent();
        return await reader.ReadEnd(actor, from, max, cancellation);
    }

    public ILedgers Ledgers => new RedisLedgers(reader, options.PageRecords);

    public IActorJournal Open(ActorKey actor, RecoveredState kept) =>
        new RedisActorJournal(actor, kept, keys, queue, snapshots);

    public IAsyncEnumerable<RunKey> Runs(int shard, DateTimeOffset? since, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, RunShard.Count);
        ThrowIfSilent();
        return reader.Runs(shard, since, cancellation);
    }

    public async ValueTask<IReadOnlyList<ActorKey>> Forget(
        IReadOnlyList<ActorPosition> actors, CancellationToken cancellation)
    {
        // Their records are the fleet's; without them nobody could tell a loss from forgetting.
        if (actors.Any(position => StoreMemory.Remembers(position.Actor)))
            throw new ArgumentException("A flavor or the directory is never forgotten.", nameof(actors));
        ThrowIfSilent();
        ThrowIfLost();
        return await forgotten.Forget(actors, cancellation);
    }

    public async ValueTask Restore(
        ActorKey actor, long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        ThrowIfSilent();
        ThrowIfLost();
        await forgotten.Restore(actor, sequence, state, cancellation);
    }

    public ValueTask WhenDurable(CancellationToken cancellation) => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isClosed, 1) != 0)
            return;
        await closing.CancelAsync();
        await watch;
        await readProbe;
        await comparison;
        await queue.DisposeAsync();
        guard.Save(isLast: true);
        guard.Dispose();
        // No caller is waiting any more, and a Redis that does not answer must not delay the host's shutdown.
        await appending.CloseAsync(allowCommandsToComplete: false);
        await reading.CloseAsync(allowCommandsToComplete: false);
        closing.Dispose();
    }

    /// <summary>
    /// Connects without a backlog, so that commands fail at once while disconnected: callers decide whether and when to
    /// retry. They also enforce their own timeouts; the client's timeout is only an upper bound.
    /// </summary>
    private static async Task<ConnectionMultiplexer> Connect(RedisJournalOptions options, string use, TimeSpan timeout)
    {
        var configuration = options.Configuration.Clone();
        configuration.ClientName = $"jobtree-{options.Service}-{use}";
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.AsyncTimeout = configuration.SyncTimeout = (int)(timeout * 2).TotalMilliseconds;
        configuration.ConnectTimeout = (int)Math.Max(options.ReplyTimeout.TotalMilliseconds, 1000);
        configuration.ConnectRetry = 1;
        configuration.HeartbeatInterval = options.ProbeEvery;
        configuration.ReconnectRetryPolicy = new LinearRetry((int)options.ProbeEvery.TotalMilliseconds);
        configuration.IncludeDetailInExceptions = false;
        // The client's own threads hand every batch to a pool thread, where the caller resumes anyway. They caused two
        // of three context switches.
        configuration.SocketManager = SocketManager.ThreadPool;
        return await ConnectionMultiplexer.ConnectAsync(configuration);
    }

    private void ThrowIfSilent()
    {
        if (queue.Outage is { Answers: false } outage)
            throw new IOException(outage.Reason);
    }

    /// <summary>Nothing is removed from a Redis that has lost records, nor put back into it.</summary>
    private void ThrowIfLost()
    {
        if (LossBecause is { } lost)
            throw new IOException(lost);
    }

    private async Task Watch()
    {
        var (asked, compared) = (0L, 0L);
        var isAsked = false;
        try
        {
            while (true)
            {
                queue.Probe();
                if (readProbe.IsCompleted)
                    readProbe = ProbeReads();
                if (comparison.IsCompleted && time.GetElapsedTime(compared) >= options.CompareEvery)
                    (comparison, compared) = (
                        Task.Run(() => guard.Pull(reading.GetDatabase(), closing.Token)), time.GetTimestamp());
                if (queue.Outage is not null)
                    isAsked = false;
                else if (!isAsked || time.GetElapsedTime(asked) >= options.DurabilityEvery)
                    (isAsked, asked) = (await AskDurability(), time.GetTimestamp());
                await Task.Delay(options.ProbeEvery, time, closing.Token);
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // Closing.
        }
    }

    /// <summary>Checks that the reading connection is answered: successful appends do not show that.</summary>
    private async Task ProbeReads()
    {
        try
        {
            await reading.GetDatabase()
                .SortedSetLengthAsync(keys.Runs(0), flags: CommandFlags.DemandMaster)
                .WaitAsync(options.ReplyTimeout, time, closing.Token);
            readsAwayBecause = null;
            // Only when both connections are answered: records could be refused while reads go on, or the reverse.
            if (queue.Outage is null)
                counters.Breaker.Succeed();
        }
        catch (Exception failure) when (Outage.Is(failure, closing.Token))
        {
            counters.Breaker.Fail();
            readsAwayBecause = Outage.Of(failure).Reason;
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private async Task<bool> AskDurability()
    {
        try
        {
            var (before, now) = (durability,
                await RedisDurability.Ask(reading.GetDatabase(), options.ReplyTimeout, time, closing.Token));
            if (now != before && now.IsWorrying)
                NotDurable(now.Sentence);
            else if (now != before)
                Durable(now.Sentence);
            // Set after logging: whoever sees the value can rely on the log line.
            Volatile.Write(ref durability, now);
            return true;
        }
        catch (Exception failure) when (Outage.Is(failure, closing.Token))
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void NotDurable(string sentence);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Sentence}")]
    private partial void Durable(string sentence);
}
