using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Journal;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;


namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// The journals of a silo that is a fleet by itself: one log on this machine's disk, read once at start. From then on
/// an actor's state is in memory: here while the actor is inactive, in its grain while it is active. A snapshot of the
/// log covers all actors.
/// </summary>
internal sealed class DiskJournals : IActorJournals, IAsyncDisposable
{
    private const string WriteFailed =
        "The journal could not be written; nothing more is decided until the host is started again. The host's log " +
        "says why.";
    private const string DiskFull =
        "The disk of the journal is full; nothing more is decided until there is space and the host is started again.";
    private const string Behind = "The disk does not keep up with what is to be written; try again.";
    private const string Closing = "The host is closing and takes nothing more.";

    private readonly DiskJournalOptions options;
    private readonly Func<ActorKey, CancellationToken, ValueTask<(long Sequence, ReadOnlyMemory<byte> State)>> stateOf;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<ActorKey, DiskActor> actors = [];
    private readonly RunShards runs = new();
    private readonly DiskMeter meter;
    private readonly JournalLog log;
    private readonly SnapshotSchedule snapshots;
    private readonly SemaphoreSlim readingBack = new(1);
    private readonly DiskLedgers ledgers;
    private int isClosed;

    private DiskJournals(
        DiskJournalOptions options,
            Func<ActorKey, CancellationToken, ValueTask<(long Sequence, ReadOnlyMemory<byte> State)>> stateOf,
            ILogger logger, TimeProvider time, CancellationToken cancellation)
    {
        (this.options, this.stateOf, this.logger, this.time) = (options, stateOf, logger, time);
        meter = new DiskMeter(options.Metrics);
        log = JournalLog.Open(
            new JournalOptions
            {
                Folder = options.LogFolder,
                Durable = options.Durable,
                BatchWritten = meter.Written,
                Logger = logger,
                Disk = options.Disk,
            },
            new DiskStart(actors, runs, time.GetUtcNow()),
            time,
            cancellation);
        snapshots = new SnapshotSchedule(log, options.SnapshotEvery, SnapshotWhenDue, time, logger);
        snapshots.Covered(Recovery.LastLsn - Recovery.Records);
        snapshots.Begin();
        ledgers = new DiskLedgers(options.LogFolder);
        _ = log.Failed.ContinueWith(failed => meter.Ended(failed.Result), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>The report of the recovery at start.</summary>
    public RecoveryReport Recovery => log.Recovery;

    /// <summary>Counters of the log.</summary>
    public JournalStatistics Statistics => log.Statistics;

    /// <summary>Completes with the reason when the log fails; only a new process can recover.</summary>
    public Task<JournalFailedException> Failed => log.Failed;

    public string? AwayBecause => Volatile.Read(ref isClosed) != 0 ? Closing
        : log.Failure is { } failure ? ReasonFor(failure)
        : null;

    /// <summary>Every actor that has a journal.</summary>
    public IEnumerable<ActorKey> Actors =>
        actors.Where(static entry => entry.Value.Last > 0).Select(static entry => entry.Key);

    /// <summary>Opens or creates the log of a folder; returns when it has been read.</summary>
    /// <param name="options">The options.</param>
    /// <param name="stateOf">Asks an actor for its state and the number of the last record in it, activating the actor
    /// if needed. Used for snapshots of the log.</param>
    /// <param name="logger">Logs failures.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="JournalLockedException">Another process has the folder open.</exception>
    /// <exception cref="JournalDamagedException">The log is damaged; it was left unchanged.</exception>
    public static DiskJournals Open(
        DiskJournalOptions options,
            Func<ActorKey, CancellationToken, ValueTask<(long Sequence, ReadOnlyMemory<byte> State)>> stateOf,
            ILogger<DiskJournals> logger, TimeProvider time,
        CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SnapshotEvery, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.HeldBytesMax);
        return new DiskJournals(options, stateOf, logger, time, cancellation);
    }

    public ValueTask<RecoveredState> Read(ActorKey actor, CancellationToken cancellation)
    {
        if (AwayBecause is { } away)
            return ValueTask.FromException<RecoveredState>(new IOException(away));
        if (!actors.TryGetValue(actor, out var at) || at.Last == 0)
            return ValueTask.FromResult(RecoveredState.Nothing);
        return at.Recovered() is { } kept ? ValueTask.FromResult(kept) : ReadBack(actor, at, cancellation);
    }

    public ILedgers Ledgers => ledgers;

    public IActorJournal Open(ActorKey actor, RecoveredState kept)
    {
        while (true)
        {
            var at = actors.GetOrAdd(actor, static key => new DiskActor(key));
            var journal = new DiskActorJournal(actor, at, this);
            if (at.Open(journal))
                return journal;
        }
    }

    public async ValueTask<IReadOnlyList<ActorKey>> Forget(
        IReadOnlyList<ActorPosition> positions, CancellationToken cancellation)
    {
        var forgotten = new List<ActorKey>(positions.Count);
        try
        {
            foreach (var (key, sequence) in positions)
            {
                if (actors.TryGetValue(key, out var actor))
                {
                    if (!actor.Forget(log, sequence))
                        continue;
                    actors.TryRemove(KeyValuePair.Create(key, actor));
                    runs.Leave(key.Name);
                }
                forgotten.Add(key);
            }
        }
        catch (Exception failure) when (Refusal(failure) is { } refusal)
        {
            throw refusal;
        }
        await log.WhenRoom();
        return forgotten;
    }

    public ValueTask Restore(
        ActorKey actor, long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        while (true)
        {
            var at = actors.GetOrAdd(actor, static key => new DiskActor(key));
            switch (PutBack(at, sequence, state))
            {
                case null:
                    runs.Enter(actor.Name, time.GetUtcNow());
                    return ValueTask.CompletedTask;
                case -1:
                    continue;
                case var last:
                    throw new JournalFencedException(
                        $"{actor} is not put back at record {sequence}: its journal ends with record {last}.");
            }
        }
    }

    public IAsyncEnumerable<RunKey> Runs(int shard, DateTimeOffset? since, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, RunShard.Count);
        return runs.Of(shard, since).ToAsyncEnumerable();
    }

    public ValueTask WhenDurable(CancellationToken cancellation)
    {
        if (log.Failure is { } failure)
            return ValueTask.FromException(failure);
        return options.Durable ? log.WaitDurable(log.LastLsn, cancellation) : ValueTask.CompletedTask;
    }

    /// <summary>Writes the state of every actor, so that the next start need not read older records.</summary>
    /// <param name="cancellation">Cancels the snapshot.</param>
    /// <exception cref="IOException">The snapshot could not be written; the log remains usable.</exception>
    public async Task Snapshot(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var states = 0L;
        using var snapshot = await log.BeginSnapshot(cancellation);
        foreach (var (key, actor) in actors)
        {
            cancellation.ThrowIfCancellationRequested();
            var last = actor.Last;
            if (last == 0 || actor.IsForgotten)
                continue;
            var state = actor.AtRest(out var sequence)?.ToSnapshot();
            if (state is null)
            {
                (sequence, state) = await Ask(key, last, cancellation);
                actor.Keep(sequence, state.Value, options.HeldBytesMax);
            }
            snapshot.Add(key.ToString(), sequence, state.Value.Span);
            states++;
        }
        await snapshot.Commit(cancellation);
        snapshots.Covered(snapshot.FirstLsn);
        meter.Saved(time.GetElapsedTime(began), states);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isClosed, 1) != 0)
            return;
        await snapshots.DisposeAsync();
        await log.DisposeAsync();
        readingBack.Dispose();
        ledgers.Dispose();
    }

    /// <summary>Appends a record to the log.</summary>
    /// <returns>Null: appended; else the number of the actor's last record.</returns>
    internal long? Append(ActorKey key, DiskActor actor, long sequence, ReadOnlySpan<byte> record)
    {
        try
        {
            var refused = actor.Append(log, sequence, record, options.HeldBytesMax);
            if (refused is null && sequence == 1 && key.Kind == ActorKind.Run)
                runs.Enter(key.Name, time.GetUtcNow());
            return refused;
        }
        catch (Exception failure) when (Refusal(failure) is { } refusal)
        {
            throw refusal;
        }
    }

    private long? PutBack(DiskActor actor, long sequence, ReadOnlyMemory<byte> state)
    {
        try
        {
            return actor.Restore(log, sequence, state.Span);
        }
        catch (Exception failure) when (Refusal(failure) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>What is told of a log that took no record; null: not that kind of failure.</summary>
    private JournalAwayException? Refusal(Exception failure)
    {
        switch (failure)
        {
            case JournalFailedException failed:
                return new JournalAwayException(ReasonFor(failed));
            case JournalFullException:
                meter.Refused();
                return new JournalAwayException(Behind);
            case ObjectDisposedException:
                return new JournalAwayException(Closing);
            default:
                return null;
        }
    }

    /// <summary>Completes when the disk keeps up: see <see cref="JournalLog.WhenRoom"/>.</summary>
    internal Task WhenRoom() => log.WhenRoom();

    internal void Keep(DiskActor actor, long sequence, ReadOnlyMemory<byte> state) =>
        actor.Keep(sequence, state, options.HeldBytesMax);

    private async Task SnapshotWhenDue(CancellationToken cancellation)
    {
        try
        {
            await Snapshot(cancellation);
        }
        catch (Exception failure) when (failure is not JournalFailedException && !cancellation.IsCancellationRequested)
        {
            meter.SaveFailed();
            throw;
        }
    }

    private async Task<(long Sequence, ReadOnlyMemory<byte> State)> Ask(
        ActorKey key, long last, CancellationToken cancellation)
    {
        try
        {
            var (sequence, state) = await stateOf(key, cancellation);
            return sequence >= last
                ? (sequence, state)
                : throw new IOException($"{key} gave its state at record {sequence}, but it has written {last}.");
        }
        catch (Exception failure) when (failure is not IOException && !cancellation.IsCancellationRequested)
        {
            throw new IOException($"{key} did not give its state.", failure);
        }
    }

    private async ValueTask<RecoveredState> ReadBack(ActorKey key, DiskActor actor, CancellationToken cancellation)
    {
        await readingBack.WaitAsync(cancellation);
        try
        {
            await log.WaitDurable(log.LastLsn, cancellation);
            var last = actor.Last;
            var kept = await Task.Run(
                () => LogReading.Read(options.LogFolder, key.ToString(), cancellation), cancellation);
            // The actor may have written more meanwhile; fewer records mean a loss.
            return kept.Last >= last ? kept : throw new IOException(
                $"The log has {key} up to record {kept.Last}, but it has written {last}.");
        }
        finally
        {
            readingBack.Release();
        }
    }

    private static string ReasonFor(JournalFailedException failure) => failure.IsDiskFull ? DiskFull : WriteFailed;
}
