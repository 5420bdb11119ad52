using System.Security.Cryptography;
using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The open journal of one actor: its writer, its position, and whether a record was refused. The actor calls it one
/// turn at a time; answers arrive on another thread.
/// </summary>
internal sealed class RedisActorJournal : IActorJournal
{
    private const int WriterBytes = 9;

    private readonly AppendQueue queue;
    private readonly SnapshotStore snapshots;
    private readonly long opened;
    private readonly int generation;
    private readonly Lock gate = new();
    private JournalFencedException? broken;
    private AppendGroup? newest;
    private long taken;
    private long acknowledged;
    private long acknowledgedEpoch = -1;
    private long snapshot;
    private long delivered;
    private long deliveredWritten;

    public RedisActorJournal(
        ActorKey actor, RecoveredState kept, RedisKeys keys, AppendQueue queue, SnapshotStore snapshots)
    {
        (Actor, this.queue, this.snapshots, generation) = (actor, queue, snapshots, queue.Guard.Generation);
        (opened, taken, acknowledged, snapshot) = (kept.Last, kept.Last, kept.Last, kept.SnapshotSequence);
        delivered = deliveredWritten = kept.DeliveredUpTo;
        Stream = keys.Journal(actor);
        Writer = RandomNumberGenerator.GetBytes(WriterBytes);
        Shard = RedisKeys.ShardOf(actor);
    }

    /// <summary>The actor.</summary>
    public ActorKey Actor { get; }

    /// <summary>The actor's stream.</summary>
    public RedisKey Stream { get; }

    /// <summary>A nonce that marks the entries of this activation.</summary>
    public RedisValue Writer { get; }

    /// <summary>The shard that lists the run; null: the actor is no run.</summary>
    public int? Shard { get; }

    /// <summary>The group that the last record was added to; guarded by the queue.</summary>
    public AppendGroup? Open { get; set; }

    /// <summary>The batch of <see cref="Open"/>.</summary>
    public AppendBatch? OpenBatch { get; set; }

    public bool IsBroken => Volatile.Read(ref broken) is not null || queue.Guard.Generation != generation;

    public long SinceSnapshot => Volatile.Read(ref taken) - Volatile.Read(ref snapshot);

    public bool WantsState => false;

    public Task Append(long sequence, ReadOnlySpan<byte> record)
    {
        if (Refusal() is { } why)
            return Task.FromException(Again(why));
        if (sequence != taken + 1)
            return Task.FromException(
                Break($"Record {sequence} of {Actor} was refused: {taken + 1} is the next one of this activation."));
        var group = queue.Append(this, sequence, record, delivered > deliveredWritten ? delivered : 0);
        deliveredWritten = delivered;
        newest = group;
        Volatile.Write(ref taken, sequence);
        return group.Durable;
    }

    public void MarkDelivered(long sequence) => delivered = Math.Max(delivered, sequence);

    public async Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        if (sequence < 1 || sequence > Volatile.Read(ref taken))
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence,
                $"A snapshot of {Actor} ends at one of its {Volatile.Read(ref taken)} records.");
        var mark = Math.Min(delivered, sequence);
        // Waits until the records are durable: a snapshot must not contain records that could still be lost.
        if (newest is { } last && Volatile.Read(ref acknowledged) < sequence)
            await last.Durable.WaitAsync(cancellation);
        if (Refusal() is { } why)
            throw Again(why);
        await snapshots.Save(this, sequence, isOwn: sequence > opened, mark, state, cancellation);
        InterlockedMax(ref snapshot, sequence);
    }

    public void Release(long sequence, IRestingState state)
    {
        // Redis has every record; the next activation reads them.
    }

    /// <summary>
    /// Whether the script must check that this writer wrote the entry before a record. The check is not needed if that
    /// entry was read when the journal was opened, or was acknowledged and nothing has failed since: then the entry
    /// exists, and only one writer can append directly after it.
    /// </summary>
    public bool IsStrict(long first, long epoch)
    {
        lock (gate)
            return first != opened + 1 && (acknowledged < first - 1 || acknowledgedEpoch != epoch);
    }

    /// <summary>Marks records up to this one as durable.</summary>
    public void Acknowledge(long last, long epoch)
    {
        lock (gate)
        {
            acknowledgedEpoch = epoch;
            Volatile.Write(ref acknowledged, Math.Max(acknowledged, last));
        }
    }

    /// <summary>Marks this journal as broken by a refused record. The first reason is kept.</summary>
    public JournalFencedException Break(string why)
    {
        var failure = new JournalFencedException(why);
        return Interlocked.CompareExchange(ref broken, failure, null) is { } before ? Again(before) : failure;
    }

    /// <summary>Why this journal takes nothing any more; null: it does.</summary>
    private JournalFencedException? Refusal()
    {
        if (queue.Guard.Generation != generation)
            return Break($"Redis has lost records since {Actor} was read, and may have lost those of it.");
        return Volatile.Read(ref broken);
    }

    // A new exception for each throw: throwing modifies the exception object.
    private static JournalFencedException Again(JournalFencedException why) => new(why.Message);

    private static void InterlockedMax(ref long value, long candidate)
    {
        var before = Volatile.Read(ref value);
        while (before < candidate && Interlocked.CompareExchange(ref value, candidate, before) is var seen
            && seen != before)
            before = seen;
    }
}
