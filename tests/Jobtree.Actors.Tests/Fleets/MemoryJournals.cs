using System.Text;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Tests.Fleets;

/// <summary>
/// The journals of all actors as one list in the order of appends. An append at a number that is not the next is
/// refused.
/// </summary>
internal sealed class MemoryJournals : ILedgers
{
    private readonly Lock gate = new();
    private readonly List<(ActorKey Actor, long Sequence, byte[] Bytes)> records = [];
    private readonly Dictionary<ActorKey, long> last = [];

    public IReadOnlyList<(ActorKey Actor, long Sequence, byte[] Bytes)> Records => records;

    /// <summary>Who hears nothing of the records that it writes, though they are kept.</summary>
    public ActorKey? AnswersLostOf { get; set; }

    /// <summary>Whether no actor can be read.</summary>
    public bool IsAway { get; set; }

    /// <summary>Why actors may read less than was acknowledged; null: they do not.</summary>
    public string? DoubtedBecause { get; set; }

    /// <summary>The ledger of a flavor, entry by entry.</summary>
    public IEnumerable<byte[]> Ledger(string flavor) =>
        records.Where(record => record.Actor == new ActorKey(ActorKind.Flavor, flavor)).Select(record => record.Bytes);

    /// <inheritdoc/>
    public ValueTask<LedgerPage> Read(string flavor, long after, int max, CancellationToken cancellation)
    {
        lock (gate)
            return new ValueTask<LedgerPage>(new LedgerPage([.. records
                .Where(record => record.Actor == new ActorKey(ActorKind.Flavor, flavor) && record.Sequence > after)
                .Take(max).Select(record => new LedgerRecord(record.Sequence, record.Bytes))], 1));
    }

    /// <summary>The records of an actor so far.</summary>
    public IReadOnlyList<byte[]> Of(ActorKey actor)
    {
        lock (gate)
            return [.. records.Where(record => record.Actor == actor).Select(record => record.Bytes)];
    }

    /// <summary>The actors of a kind that have written something.</summary>
    public IReadOnlyList<ActorKey> Actors(ActorKind kind)
    {
        lock (gate)
            return [.. last.Keys.Where(actor => actor.Kind == kind)];
    }

    /// <summary>Lets an actor go on after records that are not here.</summary>
    public void BeginAfter(ActorKey actor, long sequence)
    {
        lock (gate)
            last[actor] = sequence;
    }

    /// <summary>Loses the last record of an actor, as a store does that was restored from an older copy.</summary>
    public void DropLast(ActorKey actor)
    {
        lock (gate)
        {
            records.RemoveAt(records.FindLastIndex(record => record.Actor == actor));
            last[actor]--;
        }
    }

    /// <summary>Loses an actor.</summary>
    public void Drop(ActorKey actor)
    {
        lock (gate)
        {
            records.RemoveAll(record => record.Actor == actor);
            last.Remove(actor);
        }
    }

    /// <summary>Changes the text of an actor's last record.</summary>
    public void ChangeLast(ActorKey actor, Func<string, string> change)
    {
        lock (gate)
        {
            var at = records.FindLastIndex(record => record.Actor == actor);
            var (_, sequence, bytes) = records[at];
            var changed = change(Encoding.UTF8.GetString(bytes));
            Assert.NotEqual(Encoding.UTF8.GetString(bytes), changed);
            records[at] = (actor, sequence, Encoding.UTF8.GetBytes(changed));
        }
    }

    public IJournal For(ActorKey actor) => new Journal(this, actor);

    private void Append(ActorKey actor, long sequence, byte[] bytes)
    {
        lock (gate)
        {
            if (sequence != last.GetValueOrDefault(actor) + 1)
                throw new IOException(
                    $"Record {sequence} of {actor} was refused: {last.GetValueOrDefault(actor)} is the last.");
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
