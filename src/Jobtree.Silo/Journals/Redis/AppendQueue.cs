using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis.Losses;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Gathers the records of all actors of this silo into batches and sends the batches in order, a few in flight at once.
/// Answers are processed in order. After a failure, the failed batch and all later ones are resent in order as soon as
/// Redis is back; the writer's nonce in each entry makes that safe. New records are refused while Redis is away.
/// </summary>
internal sealed partial class AppendQueue : IThreadPoolWorkItem, IAsyncDisposable
{
    private readonly IDatabaseAsync database;
    private readonly RedisJournalOptions options;
    private readonly RedisKeys keys;
    private readonly LoadedScript script;
    private readonly JournalCounters counters;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource closing = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Guards the gathered and in-flight batches. Taken inside <see cref="sending"/>, never around it.
    /// </summary>
    private readonly Lock gate = new();

    /// <summary>Held while batches are handed to the connection, so that they are sent in order.</summary>
    private readonly Lock sending = new();

    private readonly Queue<AppendBatch> full = [];
    private readonly Queue<AppendBatch> underWay = [];
    private AppendBatch gathering = new();
    private Outage? outage = new("Redis has not answered yet.", false);
    private long epoch;
    private long answeredAt;
    private long pendingRecords;
    private long pendingBytes;
    private bool isScheduled;
    private bool isSettling;
    private bool isRecovering;
    private bool isClosed;

    public AppendQueue(IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, StoreGuard guard,
        JournalCounters counters, ILogger logger, TimeProvider time)
    {
        (this.database, this.options, this.keys, Guard, this.counters, this.logger, this.time) =
            (database, options, keys, guard, counters, logger, time);
        script = new LoadedScript(JournalScripts.Append);
    }

    /// <summary>Why new records are refused; null: they are accepted.</summary>
    public Outage? Outage => Volatile.Read(ref outage);

    /// <summary>Whether Redis still has what it acknowledged.</summary>
    public StoreGuard Guard { get; }

    /// <summary>Records and bytes that await an answer.</summary>
    public (long Records, long Bytes) Pending
    {
        get
        {
            lock (gate)
                return (pendingRecords, pendingBytes);
        }
    }

    /// <summary>Queues a record.</summary>
    /// <returns>The group that the record belongs to.</returns>
    /// <exception cref="JournalAwayException">Records are refused now.</exception>
    /// <exception cref="ArgumentException">The record is too large.</exception>
    public AppendGroup Append(RedisActorJournal journal, long sequence, ReadOnlySpan<byte> record, long told)
    {
        if (record.Length > options.RecordBytesMax)
            throw new ArgumentException(
                $"A record of {journal.Actor} has {record.Length} bytes; at most {options.RecordBytesMax} are allowed.",
                nameof(record));
        if (Volatile.Read(ref outage) is { } away)
            throw Away(away.Reason);
        AppendGroup group;
        var schedule = false;
        lock (gate)
        {
            if (isClosed)
                throw Away("The host is closing and takes nothing more.");
            if (pendingRecords >= options.PendingRecordsMax || pendingBytes + record.Length > options.PendingBytesMax)
                throw Away($"Redis does not keep up: {pendingRecords} records wait for it.");
            if (gathering.Records > 0 && (gathering.Records >= options.BatchRecordsMax
                || gathering.Bytes + record.Length > options.BatchBytesMax))
            {
                full.Enqueue(gathering);
                gathering = new AppendBatch();
            }
            group = gathering.Add(journal, ReferenceEquals(journal.OpenBatch, gathering) ? journal.Open : null,
                sequence, record);
            (journal.Open, journal.OpenBatch) = (group, gathering);
            if (told > group.DeliveredUpTo)
                group.DeliveredUpTo = told;
            pendingRecords++;
            pendingBytes += record.Length;
            if (!isScheduled && underWay.Count < options.BatchesInFlightMax && !isRecovering)
                schedule = isScheduled = true;
        }
        // Another thread sends, so that the actor can go on. More records gather until that thread runs.
        if (schedule)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return group;
    }

    /// <summary>Sends an empty batch to check that Redis answers, unless a recent answer shows it.</summary>
    public void Probe()
    {
        lock (sending)
        {
            lock (gate)
            {
                if (isRecovering || isClosed || underWay.Count > 0 || gathering.Records > 0
                    || (outage is null && time.GetElapsedTime(answeredAt) < options.ProbeEvery))
                    return;
                full.Enqueue(new AppendBatch());
            }
        }
        SendWhatFits();
    }

    /// <summary>
    /// Makes the next batch wait until Redis was compared with what is known, and each journal's next append verify
    /// that Redis still has the acknowledged records: after a lost connection the server may have restarted with fewer.
    /// </summary>
    public void Doubt()
    {
        Guard.Doubt();
        Interlocked.Increment(ref epoch);
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (gate)
            isScheduled = false;
        SendWhatFits();
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isClosed = true;
            if (pendingRecords == 0)
                drained.TrySetResult();
        }
        try
        {
            await drained.Task.WaitAsync(options.CloseWithin, time);
        }
        catch (TimeoutException)
        {
            Abandoned(Pending.Records);
        }
        await closing.CancelAsync();
        Abandon();
        closing.Dispose();
    }

    private static JournalAwayException Away(string reason) => new(reason);

    private void SendWhatFits()
    {
        var settle = false;
        lock (sending)
        {
            while (NextToSend() is { } batch)
            {
                counters.Sent();
                batch.SentAt = time.GetTimestamp();
                Send(batch);
            }
            lock (gate)
            {
                if (!isSettling && underWay.Count > 0)
                    settle = isSettling = true;
            }
        }
        if (settle)
            _ = Task.Run(Settle);
    }

    private void Send(AppendBatch batch) =>
        batch.Send(database, script.Hash, keys, Volatile.Read(ref epoch), Guard, time.GetUtcNow());

    private AppendBatch? NextToSend()
    {
        lock (gate)
        {
            if (isRecovering || underWay.Count >= options.BatchesInFlightMax)
                return null;
            if (!full.TryDequeue(out var batch))
            {
                if (gathering.Records == 0)
                    return null;
                batch = gathering;
                gathering = new AppendBatch();
            }
            underWay.Enqueue(batch);
            return batch;
        }
    }

    private async Task Settle()
    {
        while (Head() is { } batch)
        {
            try
            {
                if (await Failure(batch) is { } failure)
                    await Recover(failure);
                else if ((long[]?)await batch.Answer is { } answer and not [< 0])
                    Take(batch, answer);
                else
                    await Compare();
                SendWhatFits();
            }
            catch (OperationCanceledException) when (closing.IsCancellationRequested)
            {
                // DisposeAsync fails the remaining appends.
                return;
            }
            catch (Exception failure)
            {
                // Retry on any failure: this is the only loop that processes answers, and if it ended the silo could
                // never write again.
                Stumbled(failure);
                await Task.Delay(options.ProbeEvery, time, closing.Token).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<Exception?> Failure(AppendBatch batch)
    {
        try
        {
            await batch.Answer.WaitAsync(options.ReplyTimeout, time, closing.Token);
            return null;
        }
        catch (Exception failure) when (Outage.Is(failure, closing.Token))
        {
            return failure;
        }
    }

    private AppendBatch? Head()
    {
        lock (gate)
        {
            if (underWay.TryPeek(out var batch))
                return batch;
            isSettling = false;
            return null;
        }
    }

    private void Take(AppendBatch batch, long[] refusals)
    {
        lock (gate)
        {
            underWay.Dequeue();
            pendingRecords -= batch.Records;
            pendingBytes -= batch.Bytes;
            answeredAt = time.GetTimestamp();
            if (isClosed && pendingRecords == 0)
                drained.TrySetResult();
        }
        if (Interlocked.Exchange(ref outage, null) is { })
            Back();
        if (batch.Number > 0)
            Guard.Memory.Acknowledge(batch.Number, batch.MarkedAt);
        counters.Answered(batch, time.GetElapsedTime(batch.SentAt));
        for (var at = 0; at + 2 < refusals.Length; at += 3)
            Refuse(batch.Groups[(int)refusals[at] - 1], refusals[at + 1], refusals[at + 2]);
        foreach (var group in batch.Groups)
        {
            if (group.Durable.IsCompleted)
                continue;
            group.Journal.Acknowledge(group.Last, batch.Epoch);
            if (group.Link.Length > 0)
                Guard.Memory.Learn(group.Journal.Actor, new StoreHead(group.Last, group.Link));
            group.Complete();
        }
    }

    private void Refuse(AppendGroup group, long sequence, long last)
    {
        counters.Refuse(group.Last - sequence + 1);
        var (journal, actor) = (group.Journal, group.Journal.Actor.ToString());
        // All records after a refused one are refused too; they need no log line.
        if (journal.IsBroken)
        {
            group.Fail(journal.Break(""));
            return;
        }
        if (last < sequence - 1 && last >= 0)
        {
            counters.Lost();
            // Of any other actor this may also be a run that was forgotten meanwhile.
            if (StoreMemory.Remembers(group.Journal.Actor))
                Guard.Doubt();
            Lost(actor, last, sequence - 1);
            group.Fail(journal.Break(
                $"Record {sequence} of {actor} was refused: its journal in Redis ends with record {last}, and " +
                $"records up to {sequence - 1} that were kept are gone."));
            return;
        }
        if (sequence > 1)
        {
            counters.Fenced();
            Fenced(actor, sequence, last);
        }
        else
        {
            NotNew(actor, last);
        }
        group.Fail(journal.Break(last < 0
            ? $"Record {sequence} of {actor} was refused: what is kept under its key in Redis is no journal."
            : $"Record {sequence} of {actor} was refused: another activation has written up to {last}."));
    }

    private void Hold()
    {
        lock (sending)
        {
            lock (gate)
                isRecovering = true;
            Doubt();
        }
    }

    private async Task Recover(Exception failure)
    {
        Hold();
        var isScriptUnknown = LoadedScript.IsUnknown(failure);
        var why = isScriptUnknown ? Outage.ScriptUnknown : Outage.Of(failure);
        if (!isScriptUnknown)
            Leave(why);
        // A server that answers with an error is retried after a pause, not at once.
        if (failure is RedisServerException && !isScriptUnknown)
            await Task.Delay(options.ProbeEvery, time, closing.Token);
        while (await script.Load(database, options.ReplyTimeout, time, closing.Token) is { } stillAway)
        {
            Leave(Outage.Of(stillAway));
            await Task.Delay(options.ProbeEvery, time, closing.Token);
        }
        await Compare(why.Word);
    }

    /// <summary>
    /// Compares Redis with what is known, and resends what was not taken. If records are lost, pending ones fail: what
    /// they follow from may be gone.
    /// </summary>
    private async Task Compare(string reason = "compared")
    {
        Hold();
        while (await Guard.Verify(database, closing.Token) is { } stillAway)
        {
            Leave(stillAway);
            if (Guard.Loss is not null)
                Fail(TakeAll(), "Redis has lost records");
            await Task.Delay(options.ProbeEvery, time, closing.Token);
        }
        lock (sending)
        {
            AppendBatch[] again;
            lock (gate)
                again = [.. underWay];
            foreach (var batch in again)
            {
                counters.SentAgain(reason);
                Send(batch);
            }
            lock (gate)
                isRecovering = false;
        }
    }

    private void Leave(Outage why)
    {
        var before = Interlocked.Exchange(ref outage, why);
        counters.Breaker.Fail();
        if (before is null)
            counters.Left(why.Word);
        if (before?.Reason != why.Reason)
            Left(why.Reason);
    }

    private void Abandon()
    {
        lock (sending)
        {
            lock (gate)
                isRecovering = true;
        }
        Fail(TakeAll(), "The host closed before Redis answered");
    }

    private AppendBatch[] TakeAll()
    {
        lock (sending)
        {
            lock (gate)
            {
                AppendBatch[] left = [.. underWay, .. full, gathering];
                underWay.Clear();
                full.Clear();
                gathering = new AppendBatch();
                (pendingRecords, pendingBytes) = (0, 0);
                if (isClosed)
                    drained.TrySetResult();
                return left;
            }
        }
    }

    private static void Fail(AppendBatch[] left, string why)
    {
        foreach (var group in left.SelectMany(batch => batch.Groups))
            group.Fail(new IOException(
                $"{why}; whether record {group.Last} of {group.Journal.Actor} is kept is not known."));
    }
}
