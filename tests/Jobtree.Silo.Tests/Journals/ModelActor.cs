using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>
/// One actor in a store and in memory, with some activations, of which the older ones must be fenced as soon as another
/// has written.
/// </summary>
internal sealed class ModelActor(ActorKey key)
{
    private readonly List<string> records = [];
    private readonly List<(IActorJournal Journal, long Last, long Told)> activations = [];
    private long snapshot;
    private string state = "";
    private long told;

    /// <summary>Opens it anew, and compares what is read.</summary>
    public async Task Activate(IActorJournals store)
    {
        var kept = await Compare(store);
        var journal = store.Open(key, kept);
        Assert.Equal(records.Count - snapshot, journal.SinceSnapshot);
        activations.Add((journal, kept.Last, kept.DeliveredUpTo));
    }

    /// <summary>Appends some records with one of the activations.</summary>
    public async Task Append(int which, int count, bool tells)
    {
        if (activations.Count == 0)
            return;
        var index = which % activations.Count;
        var (journal, last, mark) = activations[index];
        var fits = !journal.IsBroken && last == records.Count;
        if (tells)
            journal.MarkDelivered(mark = last);
        var appended = new List<Task>();
        for (var more = 1; more <= count; more++)
        {
            var text = $"{key.Name} {last + more} by {index}";
            appended.Add(journal.Append(last + more, Bytes(text)));
            if (fits)
                records.Add(text);
        }
        if (!fits)
        {
            foreach (var refused in appended)
                await Assert.ThrowsAsync<JournalFencedException>(() => refused);
            Assert.True(journal.IsBroken);
            return;
        }
        await Task.WhenAll(appended);
        told = Math.Max(told, mark);
        activations[index] = (journal, records.Count, mark);
    }

    /// <summary>Takes a snapshot with one of the activations.</summary>
    public async Task Save(int which)
    {
        if (activations.Count == 0)
            return;
        var (journal, last, mark) = activations[which % activations.Count];
        if (last == 0)
            return;
        var text = $"state at {last}: {new string('s', which % 5000)}";
        if (journal.IsBroken || last < snapshot)
        {
            await Assert.ThrowsAsync<JournalFencedException>(() => journal.Save(last, Bytes(text), default));
            return;
        }
        await journal.Save(last, Bytes(text), default);
        (snapshot, state, told) = (last, text, Math.Max(told, mark));
    }

    /// <summary>Compares what is kept.</summary>
    public async Task<RecoveredState> Compare(IActorJournals store)
    {
        var kept = await store.Read(key, default);
        Assert.Equal((snapshot, state, told), (kept.SnapshotSequence, Text(kept.Snapshot), kept.DeliveredUpTo));
        Assert.Equal(records.Skip((int)snapshot), kept.Texts());
        return kept;
    }
}
