using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// The open journal of one actor in the one log. The log has one order, so nothing that follows from a record can
/// outlive it: an append is done at once, unless the disk has fallen behind. Then its task waits, and the grain with it
/// but no thread.
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
        // The log takes its snapshots of all actors at a time; this only saves the next activation some work.
        journals.Keep(actor, sequence, state);
        return Task.CompletedTask;
    }

    public void Release(long sequence, IRestingState state) => actor.Release(this, sequence, state);
}
