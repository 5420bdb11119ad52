using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>The most recently ended leases, for queries about what happened. The ledger has all of them.</summary>
internal sealed class EndedLeases
{
    private const int CountMax = 1000;

    private readonly Queue<(Lease Lease, DateTimeOffset At, LeaseEndReason Reason, string? Seed)> leases = new();

    public IEnumerable<LeaseManifest> All => leases.Select(
        end => new LeaseManifest(end.Lease, new LeaseEnd(end.Lease.Id, end.Lease.Run, end.At, end.Reason, end.Seed)));

    /// <summary>Takes over leases that ended elsewhere, such as in the fleet that a state file holds.</summary>
    public void Import(IEnumerable<LeaseManifest> ended)
    {
        foreach (var (lease, end) in ended.Select(lease => (lease.Lease, lease.End!)).OrderBy(lease => lease.Item2.At))
            Note(lease, end.At, end.Reason, end.Seed);
    }

    /// <summary>Remembers the leases that an entry is about to end.</summary>
    /// <param name="state">The state before the entry.</param>
    /// <param name="entry">The entry.</param>
    public void Watch(FlavorState state, LedgerEntry entry)
    {
        for (var i = 0; i < entry.Close?.Count; i++)
        {
            var closing = entry.Close[i];
            if (!state.Running.TryGetValue(closing.Run, out var run))
                continue;
            foreach (var lease in run.OpenLeases)
                Note(lease, entry.At, closing.Reason, closing.Seed);
        }
        for (var i = 0; i < entry.End?.Count; i++)
        {
            var end = entry.End[i];
            if (state.Running.TryGetValue(end.Run, out var run) && run.Find(end.Lease) is { } lease)
                Note(lease, end.At, end.Reason, end.Seed);
        }
    }

    private void Note(Lease lease, DateTimeOffset at, LeaseEndReason reason, string? seed)
    {
        if (leases.Count == CountMax)
            leases.Dequeue();
        leases.Enqueue((lease, at, reason, seed));
    }
}
