using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The records that one script appends. Filled under the queue's lock and immutable once sent; it is resent unchanged
/// until answered. An empty batch is a probe.
/// </summary>
internal sealed class AppendBatch
{
    private const int BytesAtFirst = 4 << 10;

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
    public void Send(IDatabaseAsync database, byte[] script, RedisKeys keys, long epoch)
    {
        Epoch = epoch;
        try
        {
            var (streams, values) = Arguments(keys, epoch);
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

    private (RedisKey[] Keys, RedisValue[] Values) Arguments(RedisKeys keys, long epoch)
    {
        List<int>? shards = null;
        var values = new RedisValue[1 + groups.Count * 7 + records.Count];
        var at = 0;
        values[at++] = groups.Count;
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
            values[at++] = enter == 0 ? RedisValue.EmptyString : journal.Actor.Name;
            values[at++] = group.DeliveredUpTo;
            var place = group.Head;
            for (var left = group.Count; left > 0; left--)
            {
                var record = records[place];
                values[at++] = (ReadOnlyMemory<byte>)bytes.AsMemory(record.Offset, record.Length);
                place = record.Next;
            }
        }

        var streams = new RedisKey[groups.Count + (shards?.Count ?? 0)];
        for (var index = 0; index < groups.Count; index++)
            streams[index] = groups[index].Journal.Stream;
        for (var index = 0; index < (shards?.Count ?? 0); index++)
            streams[groups.Count + index] = keys.Runs(shards![index]);
        return (streams, values);
    }
}

/// <summary>The location of a record within its batch.</summary>
/// <param name="Offset">The offset of its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Next">The index of the actor's next record; meaningless for the last one.</param>
internal readonly record struct BatchRecord(int Offset, int Length, int Next);
