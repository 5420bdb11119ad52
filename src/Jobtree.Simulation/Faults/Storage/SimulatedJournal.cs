using Jobtree.Actors.Ports;
using Jobtree.Simulation.Faults.Breaks;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Storage;

/// <summary>The journal of one activation. It is broken once a record was refused or its fate is unknown.</summary>
/// <param name="store">The store.</param>
/// <param name="log">The actor's records.</param>
/// <param name="recovered">What the activation knows of them.</param>
/// <param name="loop">What is due when.</param>
/// <param name="chance">The draws of this journal.</param>
internal sealed class SimulatedJournal(
    SimulatedStore store, ActorLog log, RecoveredState recovered, EventLoop loop, Chance chance) : IJournal
{
    private static readonly long AppendMax = TimeSpan.FromMilliseconds(3).Ticks;
    private static readonly long SlowMax = TimeSpan.FromSeconds(8).Ticks;
    private const ulong Slow = 21;
    private const ulong Wait = 22;
    private const ulong Unknown = 23;
    private const ulong Lost = 24;
    private const ulong SaveWait = 25;

    private long taken = recovered.Last;
    private long snapshot = recovered.SnapshotSequence;
    private long delivered = recovered.DeliveredUpTo;
    private long landing;
    private Task newest = Task.CompletedTask;

    /// <summary>Whether the activation must end.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Records since the last snapshot.</summary>
    public long SinceSnapshot => taken - snapshot;

    /// <summary>Whether another activation has written, so that the next record of this one will be refused.</summary>
    public bool IsSuperseded => log.Records.Count > taken;

    /// <inheritdoc/>
    public Task Append(long sequence, ReadOnlySpan<byte> record)
    {
        if (IsBroken)
            return Refused($"A record of {log.Actor} was refused before.");
        if (store.IsAway)
            throw new IOException("The store takes nothing now.");
        if (sequence != taken + 1)
            return Refused($"Record {sequence} of {log.Actor} was refused: {taken + 1} is next here.");
        taken = sequence;
        return newest = store.IsDisk ? AppendToDisk(record.ToArray()) : AppendLater(sequence, record.ToArray());
    }

    /// <inheritdoc/>
    public void MarkDelivered(long sequence) => delivered = Math.Max(delivered, sequence);

    /// <summary>Saves a snapshot when what it has is durable.</summary>
    public async Task Save(long sequence, byte[] state)
    {
        await newest;
        await loop.Delay(chance.Below(AppendMax, SaveWait, (ulong)sequence));
        if (IsBroken || store.IsAway)
            throw new IOException("The snapshot could not be saved.");
        if (log.Records.Count >= sequence)
            log.Save(sequence, state);
        snapshot = Math.Max(snapshot, sequence);
    }

    private Task AppendToDisk(byte[] record)
    {
        if (IsFenced(taken))
            return Refused($"Record {taken} of {log.Actor} was refused: another activation has written.");
        store.AddUnflushed(log, record, Math.Min(delivered, taken - 1));
        return Task.CompletedTask;
    }

    private Task AppendLater(long sequence, byte[] record)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = (ulong)sequence;
        var wait = chance.Below(AppendMax, Wait, key);
        if (chance.Hits(store.Weather.SlowAppends, Slow, key))
            wait += chance.Below(SlowMax, Wait, key);
        landing = Math.Max(landing + 1, loop.Now + wait);
        loop.At(landing, () => Land(sequence, record, answer));
        return answer.Task;
    }

    private void Land(long sequence, byte[] record, TaskCompletionSource answer)
    {
        var key = (ulong)sequence;
        if (IsBroken || IsFenced(sequence))
        {
            Break(answer, $"Record {sequence} of {log.Actor} was refused: another activation has written.");
            return;
        }
        var isUnknown = chance.Hits(store.Weather.UnknownAppends, Unknown, key);
        if (!isUnknown || !chance.Hits(0.5, Lost, key))
        {
            log.DeliveredUpTo = Math.Max(log.DeliveredUpTo, Math.Min(delivered, sequence - 1));
            store.Add(log, record);
        }
        if (isUnknown)
            Break(answer, $"The fate of record {sequence} of {log.Actor} is unknown.");
        else
            answer.SetResult();
    }

    private bool IsFenced(long sequence) =>
        store.Broken != BrokenRule.Fence && log.Records.Count != sequence - 1;

    private Task Refused(string why)
    {
        IsBroken = true;
        return Task.FromException(new IOException(why));
    }

    private void Break(TaskCompletionSource answer, string why)
    {
        IsBroken = true;
        answer.SetException(new IOException(why));
    }
}
