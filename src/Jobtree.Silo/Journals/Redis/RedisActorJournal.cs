using System.Security.Cryptography;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The open journal of one actor: who writes, how far it is, and whether it was refused. The actor's own turns call it
/// one at a time; answers come from another thread.
/// </summary>
internal sealed class RedisActorJournal : IActorJournal
{
    private const int WriterBytes = 9;

    private readonly AppendQueue queue;
    private readonly SnapshotStore snapshots;
    private readonly long opened;
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
        (Actor, this.queue, this.snapshots) = (actor, queue, snapshots);
        (opened, taken, acknowledged, snapshot) = (kept.Last, kept.Last, kept.Last, kept.SnapshotSequence);
        delivered = deliveredWritten = kept.DeliveredUpTo;
        Stream = keys.Journal(actor);
        Writer = RandomNumberGenerator.GetBytes(WriterBytes);
        if (actor.Kind == ActorKind.Run && RunKey.TryParse(actor.Name, out var run))
            Shard = RunShard.Of(run);
    }

    /// <summary>The actor.</summary>
    public ActorKey Actor { get; }

    /// <summary>Its stream.</summary>
    public RedisKey Stream { get; }

    /// <summary>A nonce: what was written by this activation and no other.</summary>
    public RedisValue Writer { get; }

    /// <summary>The shard that lists it, for a run.</summary>
    public int? Shard { get; }

    /// <summary>The group that its records were last added to; guarded by the queue.</summary>
    public AppendGroup? Open { get; set; }

    /// <summary>The batch of <see cref="Open"/>.</summary>
    public AppendBatch? OpenBatch { get; set; }

    public bool IsBroken => Volatile.Read(ref broken) is not null;

    public long SinceSnapshot => Volatile.Read(ref taken) - Volatile.Read(ref snapshot);

    public bool WantsState => false;

    public Task Append(long sequence, ReadOnlySpan<byte> record)
    {
        if (Volatile.Read(ref broken) is { } why)
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
        // Until its records are kept, a snapshot might hold what never was.
        if (newest is { } last && Volatile.Read(ref acknowledged) < sequence)
            await last.Durable.WaitAsync(cancellation);
        if (Volatile.Read(ref broken) is { } why)
            throw Again(why);
        await snapshots.Save(this, sequence, isOwn: sequence > opened, mark, state, cancellation);
        InterlockedMax(ref snapshot, sequence);
    }

    public void Release(long sequence, IRestingState state)
    {
        // Redis has it all; the next activation reads it.
    }

    /// <summary>
    /// Whether the store must find that the entry before a record is this writer's own. It need not when that entry is
    /// the one that was read at the opening, or was acknowledged and nothing has failed since:
    /// then it is there, and whoever follows it directly is the only one to do so.
    /// </summary>
    public bool IsStrict(long first, long epoch)
    {
        lock (gate)
            return first != opened + 1 && (acknowledged < first - 1 || acknowledgedEpoch != epoch);
    }

    /// <summary>Records up to this one are durable.</summary>
    public void Acknowledge(long last, long epoch)
    {
        lock (gate)
        {
            acknowledgedEpoch = epoch;
            Volatile.Write(ref acknowledged, Math.Max(acknowledged, last));
        }
    }

    /// <summary>Ends the use of this journal: a record was refused. The first reason stays.</summary>
    public JournalFencedException Break(string why)
    {
        var failure = new JournalFencedException(why);
        return Interlocked.CompareExchange(ref broken, failure, null) is { } before ? Again(before) : failure;
    }

    // Exceptions are thrown once each: a thrown one is written to by who throws it.
    private static JournalFencedException Again(JournalFencedException why) => new(why.Message);

    private static void InterlockedMax(ref long value, long candidate)
    {
        var before = Volatile.Read(ref value);
        while (before < candidate && Interlocked.CompareExchange(ref value, candidate, before) is var seen
            && seen != before)
            before = seen;
    }
}
