using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Journals;

/// <summary>
/// The journal of a run that only the history has. Reading it costs the store nothing; with its first new record the
/// run comes back to the store, which then continues its numbers.
/// </summary>
/// <param name="actor">The run.</param>
/// <param name="kept">Its state, from the history.</param>
/// <param name="journals">The store.</param>
internal sealed class ReturningJournal(ActorKey actor, RecoveredState kept, IActorJournals journals) : IActorJournal
{
    private IActorJournal? open;
    private bool isRefused;

    public bool IsBroken => isRefused || open is { IsBroken: true };

    public long SinceSnapshot => open?.SinceSnapshot ?? 0;

    public bool WantsState => open is { WantsState: true };

    public Task Append(long sequence, ReadOnlySpan<byte> record) =>
        open is { } journal ? journal.Append(sequence, record) : Return(sequence, record.ToArray());

    public void MarkDelivered(long sequence) => open?.MarkDelivered(sequence);

    public Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation) =>
        open is { } journal ? journal.Save(sequence, state, cancellation) : Task.CompletedTask;

    public void Release(long sequence, IRestingState state) => open?.Release(sequence, state);

    private async Task Return(long sequence, byte[] record)
    {
        try
        {
            await journals.Restore(actor, kept.SnapshotSequence, kept.Snapshot, CancellationToken.None);
        }
        catch (JournalFencedException)
        {
            isRefused = true;
            throw;
        }
        open = journals.Open(actor, kept);
        await open.Append(sequence, record);
    }
}
