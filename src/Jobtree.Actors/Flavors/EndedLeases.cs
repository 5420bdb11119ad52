using Jobtree.Core.Ledger;
using Jobtree.Core.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>The last leases that ended, for those who ask what happened; all of them are in the ledger.</summary>
internal sealed class EndedLeases
{
    private const int KeptMax = 1000;

    private readonly Queue<LeaseManifest> kept = new();

    public IEnumerable<LeaseManifest> Kept => kept;

    /// <summary>Notes the leases that an entry is about to end.</summary>
    /// <param name="state">The state before the entry.</param>
    /// <param name="entry">The entry.</param>
    public void Watch(FlavorState state, LedgerEntry entry)
    {
        foreach (var closing in entry.Close ?? [])
        {
            foreach (var lease in state.Running.TryGetValue(closing.Run, out var run) ? run.Leases : [])
                Keep(new LeaseManifest(lease, new LeaseEnd(lease.Id, lease.Run, entry.At, closing.Reason, closing.Seed)));
        }
        foreach (var end in entry.End ?? [])
        {
            if (state.Running.TryGetValue(end.Run, out var run) && run.Leases.FirstOrDefault(lease => lease.Id == end.Lease) is { } lease)
                Keep(new LeaseManifest(lease, end));
        }
    }

    private void Keep(LeaseManifest lease)
    {
        if (kept.Count == KeptMax)
            kept.Dequeue();
        kept.Enqueue(lease);
    }
}
