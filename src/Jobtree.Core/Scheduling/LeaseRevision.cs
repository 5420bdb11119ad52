using System.Numerics;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// A change of a running run's leases within one decision. A lease never changes, so one that loses some of its slots
/// ends whole, and the slots that it keeps are leased anew for the same chunk, group and payer.
/// </summary>
/// <param name="run">The run.</param>
internal sealed class LeaseRevision(RunningRun run)
{
    private readonly SortedDictionary<long, Loss> losses = [];
    private readonly List<OpeningLease> replacements = [];
    private readonly Dictionary<int, int> expected = [];

    /// <summary>The run.</summary>
    public RunningRun Run => run;

    /// <summary>Whether nothing changes.</summary>
    public bool IsEmpty => losses.Count == 0;

    /// <summary>GPUs of its active leases after the change, with those that are expected.</summary>
    public int Gpus { get; private set; } = run.Gpus();

    /// <summary>The slots that its leases lose, by lease.</summary>
    public IEnumerable<(Lease Lease, NodeSlots Slots)> Lost => losses.Values.SelectMany(
        loss => loss.Lease.Slots.Select(slots => (loss.Lease, slots with { Mask = loss.Of(slots.Node) & slots.Mask })))
        .Where(lost => lost.Item2.Mask != 0);

    /// <summary>A lease loses slots. The first reason given for it counts.</summary>
    public void Lose(Lease lease, NodeSlots slots, LeaseEndReason reason)
    {
        if (!losses.TryGetValue(lease.Id, out var loss))
            losses.Add(lease.Id, loss = new Loss(run.Find(lease.Id) ?? lease, reason));
        var taken = loss.Of(slots.Node);
        Gpus -= lease.Role == LeaseRole.Active ? BitOperations.PopCount(slots.Mask & ~taken) : 0;
        loss.ByNode[slots.Node] = taken | slots.Mask;
    }

    /// <summary>A lease ends whole.</summary>
    public void End(Lease lease, LeaseEndReason reason)
    {
        foreach (var slots in lease.Slots)
            Lose(lease, slots, reason);
    }

    /// <summary>A group ends whole, and nothing is to take the place of what it lost.</summary>
    public void EndGroup(int group, LeaseEndReason reason)
    {
        foreach (var lease in run.Leases)
        {
            if (lease.Group == group)
                End(lease, reason);
        }
        if (expected.Remove(group, out var gpus))
            Gpus -= gpus;
    }

    /// <summary>
    /// Other slots are to take the place of those that a group lost, or the run if it has no groups (0), unless the
    /// group ends. They count already.
    /// </summary>
    public void Expect(int group, int gpus)
    {
        expected.Add(group, gpus);
        Gpus += gpus;
    }

    /// <summary>Whether slots are to take the place of those that a group lost.</summary>
    public bool Expects(int group) => expected.ContainsKey(group);

    /// <summary>Expected slots take the place of those that a lease lost.</summary>
    public void Replace(Lease lost, IReadOnlyList<NodeSlots> slots) =>
        replacements.Add(new OpeningLease { Group = lost.Group, Chunk = lost.Chunk, Role = lost.Role,
            Payer = lost.Payer, Slots = slots });

    /// <summary>GPUs of a group's active leases after the change, with those that are expected.</summary>
    public int GpusOf(int group) => expected.GetValueOrDefault(group) + run.Leases
        .Where(lease => lease.Group == group && lease.Role == LeaseRole.Active)
        .Sum(lease => KeptOf(lease).Sum(static slots => slots.Count));

    /// <summary>The slots that a lease keeps.</summary>
    public IReadOnlyList<NodeSlots> KeptOf(Lease lease)
    {
        if (!losses.TryGetValue(lease.Id, out var loss))
            return lease.Slots;
        return [.. lease.Slots.Select(slots => slots with { Mask = slots.Mask & ~loss.Of(slots.Node) })
            .Where(slots => slots.Mask != 0)];
    }

    /// <summary>The ends of the leases that lose slots, in lease order.</summary>
    public IEnumerable<LeaseEnd> Ends(DateTimeOffset at) => losses.Values.Select(
        loss => new LeaseEnd(loss.Lease.Id, run.Demand.Run, at, loss.Reason));

    /// <summary>The leases that begin: for the slots kept, in lease order, then for what replaces those lost.</summary>
    public List<OpeningLease> Leases()
    {
        var leases = new List<OpeningLease>();
        foreach (var (lease, _) in losses.Values)
        {
            if (KeptOf(lease) is { Count: > 0 } kept)
                leases.Add(new OpeningLease { Group = lease.Group, Chunk = lease.Chunk, Role = lease.Role,
                    Payer = lease.Payer, Slots = kept });
        }
        leases.AddRange(replacements);
        return leases;
    }

    /// <summary>The leases that begin, as a part of an entry. Null if there are none.</summary>
    /// <param name="firstLease">The number of the first.</param>
    public Opening? Opening(long firstLease) => Leases() is { Count: > 0 } leases
        ? new Opening { Run = run.Demand.Run, Reason = LeaseStartReason.Swap, FirstLease = firstLease, Leases = leases }
        : null;

    private sealed record Loss(Lease Lease, LeaseEndReason Reason)
    {
        public Dictionary<string, ulong> ByNode { get; } = new(1);

        public ulong Of(string node) => ByNode.GetValueOrDefault(node);
    }
}
