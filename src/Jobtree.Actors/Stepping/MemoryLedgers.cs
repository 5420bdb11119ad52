using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Stepping;

/// <summary>
/// Keeps the ledgers of a stepped fleet in memory, for fleets whose past is to be read. Pass <see cref="For"/> as the
/// fleet's journals. Thread-safe.
/// </summary>
public sealed class MemoryLedgers : ILedgers
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<byte[]>> ledgers = [];

    /// <summary>The journal of an actor; only those of flavors are kept.</summary>
    /// <param name="actor">The actor.</param>
    public IJournal For(ActorKey actor) =>
        actor.Kind == ActorKind.Flavor ? new Journal(this, actor.Name) : NoJournal.Instance;

    /// <inheritdoc/>
    public ValueTask<LedgerPage> Read(string flavor, long after, int max, CancellationToken cancellation)
    {
        lock (gate)
        {
            var entries = ledgers.GetValueOrDefault(flavor) ?? [];
            var begin = (int)Math.Min(after, entries.Count);
            return new ValueTask<LedgerPage>(new LedgerPage(
                [.. entries.Skip(begin).Take(max).Select((entry, i) => new LedgerRecord(begin + i + 1, entry))], 1));
        }
    }

    private void Append(string flavor, long sequence, ReadOnlySpan<byte> record)
    {
        lock (gate)
        {
            if (!ledgers.TryGetValue(flavor, out var entries))
                ledgers.Add(flavor, entries = []);
            if (sequence != entries.Count + 1)
                throw new IOException($"Entry {sequence} of {flavor} does not follow entry {entries.Count}.");
            entries.Add(record.ToArray());
        }
    }

    private sealed class Journal(MemoryLedgers ledgers, string flavor) : IJournal
    {
        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            ledgers.Append(flavor, sequence, record);
            return Task.CompletedTask;
        }
    }
}
