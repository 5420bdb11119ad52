using System.Runtime.InteropServices;
using Jobtree.Core.Ledger;
using Jobtree.Silo.Journals.Redis.Losses;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The records that one script appends. Filled under the queue's lock and immutable once sent; it is resent unchanged
/// until answered. An empty batch is a probe.
/// </summary>
internal sealed class AppendBatch
{
    private const int BytesAtFirst = 4 << 10;
    private const int HeaderValues = 5;
    private const int GroupValues = 8;

    private readonly List<AppendGroup> groups = [];
    private readonly List<BatchRecord> records = [];
    private byte[] bytes = [];

    /// <summary>The groups, in the order of their first records.</summary>
    public IReadOnlyList<AppendGroup> Groups => groups;

    /// <summary>The number of records.</summary>
    public int Records => records.Count;

    /// <summary>The bytes of the records.</summary>
    public int Bytes { get; private set; }

    /// <summary>The epoch in which the batch was last sent.</summary>
    public long Epoch { get; private set; }

    /// <summary>The number of the batch among those of this silo; 0: it was not sent, or is a probe.</summary>
    public long Number { get; private set; }

    /// <summary>When the batch was first sent, by the clock.</summary>
    public DateTimeOffset MarkedAt { get; private set; }

    /// <summary>The timestamp at which the batch was first sent.</summary>
    public long SentAt { get; set; }

    /// <summary>The answer to the last send.</summary>
    public Task<RedisResult> Answer { get; private set; } = Task.FromException<RedisResult>(
        new InvalidOperationException("The batch was not sent."));

    /// <summary>Copies a record into the actor's group.</summary>
    public AppendGroup Add(RedisActorJournal journal, AppendGroup? group, long sequence, ReadOnlySpan<byte> record)
    {
        if (bytes.Length - Bytes < record.Length)
            Array.Resize(ref bytes, Math.Max(Math.Max(BytesAtFirst, bytes.Length * 2), Bytes + record.Length));
        record.CopyTo(bytes.AsSpan(Bytes));
        var place = records.Count;
        records.Add(new BatchRecord(Bytes, record.Length, 0));
        Bytes += record.Length;
        if (group is null)
        {
            group = new AppendGroup(journal, sequence) { Head = place };
            groups.Add(group);
        }
        else
        {
            ref var before = ref CollectionsMarshal.AsSpan(records)[group.Tail];
            before = before with { Next = place };
        }
        group.Tail = place;
        group.Count++;
        return group;
    }

    /// <summary>Sends the batch, without waiting.</summary>
    /// <param name="database">The database.</param>
    /// <param name="script">The hash of <see cref="JournalScripts.Append"/>.</param>
    /// <param name="keys">The keys of the service.</param>
    /// <param name="epoch">Increases with every failed connection or batch.</param>
    /// <param name="guard">What the store must have for the batch to be taken.</param>
    /// <param name="now">The time.</param>
    public void Send(IDatabaseAsync database, byte[] script, RedisKeys keys, long epoch, StoreGuard guard,
        DateTimeOffset now)
    {
        Epoch = epoch;
        if (Number == 0 && Records > 0)
            (Number, MarkedAt) = (guard.Memory.NextBatch(), now);
        try
        {
            var (streams, values) = Arguments(keys, epoch, guard);
            Answer = database.ScriptEvaluateAsync(script, streams, values, CommandFlags.DemandMaster);
        }
        catch (Exception notSent) when (notSent is RedisException or TimeoutException or ObjectDisposedException)
        {
            Answer = Task.FromException<RedisResult>(notSent);
        }
        // Observes the exception: an answer is abandoned when its batch is resent.
        _ = Answer.ContinueWith(
            static answer => _ = answer.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private (RedisKey[] Keys, RedisValue[] Values) Arguments(RedisKeys keys, long epoch, StoreGuard guard)
    {
        List<int>? shards = null;
        var values = new RedisValue[HeaderValues + groups.Count * GroupValues + records.Count];
        var at = 0;
        values[at++] = groups.Count;
        values[at++] = guard.ConfirmedId;
        values[at++] = StoreTable.MarkField(guard.Memory.Silo);
        values[at++] = guard.Memory.Acknowledged;
        values[at++] = Number == 0 ? RedisValue.EmptyString : StoreTable.MarkOf(Number, MarkedAt);
        foreach (var group in groups)
        {
            var journal = group.Journal;
            var enter = 0;
            if (group.First == 1 && journal.Shard is { } shard)
            {
                shards ??= [];
                enter = shards.IndexOf(shard);
                if (enter < 0)
                {
                    enter = shards.Count;
                    shards.Add(shard);
                }
                enter += groups.Count + 1;
            }
            values[at++] = group.Count;
            values[at++] = group.First;
            values[at++] = journal.Writer;
            values[at++] = journal.IsStrict(group.First, epoch) ? 1 : 0;
            values[at++] = enter;
            var head = HeadOf(group);
            values[at++] = enter != 0 ? journal.Actor.Name
                : head.IsNullOrEmpty ? RedisValue.EmptyString : journal.Actor.ToString();
            values[at++] = group.DeliveredUpTo;
            values[at++] = head;
            var place = group.Head;
            for (var left = group.Count; left > 0; left--)
            {
                var record = records[place];
                values[at++] = (ReadOnlyMemory<byte>)bytes.AsMemory(record.Offset, record.Length);
                place = record.Next;
            }
        }

        var streams = new RedisKey[groups.Count + (shards?.Count ?? 0) + 1];
        streams[^1] = keys.Store;
        for (var index = 0; index < groups.Count; index++)
            streams[index] = groups[index].Journal.Stream;
        for (var index = 0; index < (shards?.Count ?? 0); index++)
            streams[groups.Count + index] = keys.Runs(shards![index]);
        return (streams, values);
    }

    /// <summary>The group's last record, as the table of the store has it; empty for most actors.</summary>
    private RedisValue HeadOf(AppendGroup group)
    {
        if (!StoreMemory.Remembers(group.Journal.Actor))
            return RedisValue.EmptyString;
        var last = records[group.Tail];
        if (group.Link.Length == 0)
            group.Link = HashChain.Link(bytes.AsSpan(last.Offset, last.Length));
        return StoreTable.HeadOf(new StoreHead(group.Last, group.Link));
    }
}

/// <summary>The location of a record within its batch.</summary>
/// <param name="Offset">The offset of its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Next">The index of the actor's next record; meaningless for the last one.</param>
internal readonly record struct BatchRecord(int Offset, int Length, int Next);
