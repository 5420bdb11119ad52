namespace Jobtree.Silo.Chaos.Checks;

/// <summary>
/// Who wrote a journal, entry after entry. Once another activation has written, the one before must never again: that
/// is what fencing means.
/// </summary>
internal sealed class WriterTrail
{
    private readonly HashSet<string> past = [];
    private readonly List<(long From, string Writer)> changes = [];

    /// <summary>From which entry on who wrote.</summary>
    public IReadOnlyList<(long From, string Writer)> Changes => changes;

    /// <summary>Takes in the next entry; false: its writer had been followed by another one.</summary>
    public bool Follow(StoredEntry entry)
    {
        if (changes is [.., var last] && last.Writer == entry.Writer)
            return true;
        changes.Add((entry.Sequence, entry.Writer));
        return past.Add(entry.Writer);
    }

    /// <summary>Whether the entry after this one was written by somebody else; null: there is none.</summary>
    public bool? ChangesAfter(long sequence, long last) =>
        sequence >= last ? null : changes.Any(change => change.From == sequence + 1);
}
