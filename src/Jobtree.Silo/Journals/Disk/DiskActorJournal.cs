using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// The open journal of one actor in the shared log. The log has one order, so nothing that follows from a record can
/// outlive it: an append completes at once unless the disk has fallen behind. In that case the task, and with it the
/// grain, waits without blocking a thread.
/// </summary>
internal sealed class DiskActorJournal(ActorKey key, DiskActor actor, DiskJournals journals) : IActorJournal
{
    private volatile bool isBroken;

    public bool IsBroken => isBroken;

    public long SinceSnapshot => actor.SinceSnapshot;

    public bool WantsState => true;

    public Task Append(long sequence, ReadOnlySpan<byte> record)
    {
        if (isBroken)
            return Task.FromException(
                new JournalFencedException($"A record of {key} was refused before; this activation ends."));
        if (journals.Append(key, actor, sequence, record) is not { } last)
            return journals.WhenRoom();
        isBroken = true;
        return Task.FromException(
            new JournalFencedException(
            $"Record {sequence} of {key} was refused: its journal ends with record {last}, so another activation has " +
            $"written."));
    }

    public void MarkDelivered(long sequence) => actor.MarkDelivered(sequence);

    public Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        if (isBroken)
            return Task.FromException(
                new JournalFencedException($"A record of {key} was refused before; this activation ends."));
        // The log takes its own snapshots of all actors; this only speeds up the next activation.
        journals.Keep(actor, sequence, state);
        return Task.CompletedTask;
    }

    public void Release(long sequence, IRestingState state) => actor.Release(this, sequence, state);
}
