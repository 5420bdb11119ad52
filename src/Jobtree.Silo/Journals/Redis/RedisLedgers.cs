using Jobtree.Actors.Ports;
using Jobtree.Core.Scheduling;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The ledgers in Redis. Entries long before a flavor's snapshot are trimmed, so a ledger may begin later than at 1.
/// </summary>
internal sealed class RedisLedgers(JournalReader reader, int pageMax) : ILedgers
{
    public async ValueTask<LedgerPage> Read(string flavor, long after, int max, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var key = new ActorKey(ActorKind.Flavor, flavor);
        var records = await reader.ReadEnd(key, after + 1, Math.Min(max, pageMax), cancellation);
        var first = records.Count > 0 && records[0].Sequence == 1 ? records
            : await reader.ReadEnd(key, 1, 1, cancellation);
        return new LedgerPage(
            [.. records.Select(record => new LedgerRecord(record.Sequence, record.Record.ToArray()))],
            first.Count > 0 ? first[0].Sequence : 1);
    }

    public async ValueTask<FlavorSnapshot?> StateBefore(
        string flavor, DateTimeOffset instant, CancellationToken cancellation) =>
        await reader.ReadSnapshot(flavor, cancellation) is { } state && state.At <= instant ? state : null;
}
