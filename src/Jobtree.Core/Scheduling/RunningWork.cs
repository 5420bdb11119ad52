using System.Runtime.InteropServices;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The running runs of a flavor: by key, by owner, by node, and those that may change their width. A decision that asks
/// for the runs on a slice, or of an owner, need not look at all.
/// </summary>
internal sealed class RunningWork
{
    private readonly Dictionary<RunKey, RunningRun> runs = [];
    private readonly Dictionary<string, OwnerUse> uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(RunningRun Run, ulong Slots)>> byNode = new(StringComparer.Ordinal);

    /// <summary>The runs by key, in no particular order.</summary>
    public Dictionary<RunKey, RunningRun> Runs => runs;

    /// <summary>What each owner with running runs holds, in no particular order.</summary>
    public Dictionary<string, OwnerUse> Uses => uses;

    /// <summary>The runs that may change their width, in order of admission.</summary>
    public SortedSet<RunningRun> Elastic { get; } = new(AdmissionOrder.Instance);

    /// <summary>Grows whenever an elastic run starts, ends, or changes its leases or desired width.</summary>
    public long ElasticChanges { get; set; }

    /// <summary>The run with a key. Null if it does not run.</summary>
    public RunningRun? Find(RunKey run) => runs.GetValueOrDefault(run);

    /// <summary>Adds a run, whose leases follow.</summary>
    public void Add(RunningRun run)
    {
        runs.Add(run.Demand.Run, run);
        if (run.Demand.GpusStep > 0)
        {
            Elastic.Add(run);
            ElasticChanges++;
        }
        if (!uses.TryGetValue(run.Demand.Owner, out var use))
            uses.Add(run.Demand.Owner, use = new OwnerUse(run.Demand.Owner));
        use.Runs.Add(run);
        (run.Meter.Use, run.Meter.Run) = (use, run);
    }

    /// <summary>Removes a run that holds nothing any more.</summary>
    public void Remove(RunningRun run)
    {
        runs.Remove(run.Demand.Run);
        if (Elastic.Remove(run))
            ElasticChanges++;
        var use = run.Meter.Use!;
        use.Runs.Remove(run);
        if (use.Runs.Count == 0)
            uses.Remove(use.Owner);
    }

    /// <summary>A run got a lease.</summary>
    public void Gained(RunningRun run, Lease lease)
    {
        for (var i = 0; i < lease.Slots.Count; i++)
        {
            var (node, slots) = (lease.Slots[i].Node, lease.Slots[i].Mask);
            if (!byNode.TryGetValue(node, out var there))
                byNode.Add(node, there = []);
            there.Add((run, slots));
        }
    }

    /// <summary>A lease of a run ended.</summary>
    public void Lost(RunningRun run, Lease lease)
    {
        for (var i = 0; i < lease.Slots.Count; i++)
        {
            var there = byNode[lease.Slots[i].Node];
            there.Remove((run, lease.Slots[i].Mask));
            if (there.Count == 0)
                byNode.Remove(lease.Slots[i].Node);
        }
    }

    /// <summary>The runs on a node, each with the slots of one of its leases there, in no particular order.</summary>
    public ReadOnlySpan<(RunningRun Run, ulong Slots)> On(string node) =>
        byNode.TryGetValue(node, out var there) ? CollectionsMarshal.AsSpan(there) : [];
}
