namespace Jobtree.Grains.Journals;

/// <summary>Decides when an actor's state is saved to its journal.</summary>
internal static class SnapshotKeeping
{
    /// <summary>
    /// Saves a snapshot if enough records were appended since the last one. A failed save is retried after the next
    /// record: the records alone are sufficient, and the decisions stand.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="every">The number of records between snapshots.</param>
    /// <param name="state">Takes the state.</param>
    public static async ValueTask SaveWhenDue(
        this IActorJournal journal, long every, Func<(long Sequence, byte[] State)> state)
    {
        if (journal.SinceSnapshot < every)
            return;
        var (sequence, bytes) = state();
        try
        {
            await journal.Save(sequence, bytes, CancellationToken.None);
        }
        catch (IOException)
        {
            // The caller still gets the answer to the last record: a snapshot only shortens the next activation's
            // recovery.
        }
    }

    /// <summary>Releases the journal, with the state if the store wants it.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="state">Takes the state.</param>
    public static void ReleaseWith(this IActorJournal journal, Func<(long Sequence, byte[] State)> state)
    {
        if (!journal.WantsState)
            return;
        var (sequence, bytes) = state();
        journal.Release(sequence, new StateBytes(bytes));
    }
}
