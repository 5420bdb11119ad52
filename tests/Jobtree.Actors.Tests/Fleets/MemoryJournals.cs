using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Tests.Fleets;

/// <summary>The journals of all actors as one list in the order of appends. An append at a number that is not the next is refused.</summary>
internal sealed class MemoryJournals
{
    private readonly Lock gate = new();
    private readonly List<(ActorKey Actor, long Sequence, byte[] Bytes)> records = [];
    private readonly Dictionary<ActorKey, long> last = [];

    public IReadOnlyList<(ActorKey Actor, long Sequence, byte[] Bytes)> Records => records;

    /// <summary>The ledger of a flavor, entry by entry.</summary>
    public IEnumerable<byte[]> Ledger(string flavor) => records.Where(record => record.Actor == new ActorKey(ActorKind.Flavor, flavor)).Select(record => record.Bytes);

    public IJournal For(ActorKey actor) => new Journal(this, actor);

    private void Append(ActorKey actor, long sequence, byte[] bytes)
    {
        lock (gate)
        {
            Assert.Equal(last.GetValueOrDefault(actor) + 1, sequence);
            last[actor] = sequence;
            records.Add((actor, sequence, bytes));
        }
    }

    private sealed class Journal(MemoryJournals all, ActorKey actor) : IJournal
    {
        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            all.Append(actor, sequence, record.ToArray());
            return Task.CompletedTask;
        }
    }
}
