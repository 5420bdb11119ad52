namespace Jobtree.Grains.Journals;

/// <summary>When the state of an actor goes to its journal.</summary>
internal static class SnapshotKeeping
{
    /// <summary>
    /// Keeps a snapshot if enough records have come since the last one. One that fails is tried again after the next
    /// record: the records alone are enough, and what was decided stands.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="every">After how many records.</param>
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
            // Whoever waits for the answer to the last record has it: a snapshot only shortens the next activation's
            // reading.
        }
    }

    /// <summary>Ends the use of a journal, with the state if the store wants it.</summary>
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
