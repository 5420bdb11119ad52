using Jobtree.Embedded.Journal;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>Where each record of a journal stands.</summary>
internal sealed class Positions : IJournalReader
{
    public List<(string Actor, JournalPosition At)> All { get; } = [];

    public static IReadOnlyList<(string Actor, JournalPosition At)> Of(string journal)
    {
        var positions = new Positions();
        JournalScan.Read(journal, positions);
        return positions.All;
    }

    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
    }

    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
        All.Add((actor.Key, at));
}
