using System.Numerics;
using System.Runtime.InteropServices;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// What a <see cref="LiveAudit"/> checks of runs and their leases, and the slots that it has seen held.
/// </summary>
/// <param name="state">The state.</param>
/// <param name="nodes">About how many nodes there are.</param>
/// <param name="found">Called with the invariant and a sentence for each violation.</param>
internal sealed class LeaseChecks(FlavorState state, int nodes, Action<int, string> found)
{
    /// <summary>
    /// Metering adds floating-point numbers; what may differ by that is far below what one missed change makes.
    /// </summary>
    private const double ToleranceSeconds = 0.001;
    private const double ToleranceRatio = 1e-6;

    /// <summary>Leases from this number on were opened after the pass began, and are not looked at.</summary>
    private readonly long end = state.NextLease;
    private readonly Dictionary<string, HeldSlots> held = new(nodes);
    private readonly Dictionary<int, DomainKey> domainOfGroup = [];
    private readonly Dictionary<int, TopologyKey> unitOfGroup = [];

    /// <summary>The leases that were looked at.</summary>
    public int Count { get; private set; }

    /// <summary>Remembers the slots of leases that were opened after the pass began.</summary>
    public void Opened(Opening opening)
    {
        for (var i = 0; i < opening.Leases.Count; i++)
        {
            var slots = opening.Leases[i].Slots;
            for (var node = 0; node < slots.Count; node++)
                CollectionsMarshal.GetValueRefOrAddDefault(held, slots[node].Node, out _).Later |= slots[node].Mask;
        }
    }

    /// <summary>The slots of a node that count as used and that no lease holds in that role.</summary>
    public ulong Unheld(PlacedNode node)
    {
        var slots = held.GetValueOrDefault(node.Spec.Name);
        return (node.Active & ~(slots.Active | slots.Later)) | (node.Spare & ~(slots.Spare | slots.Later));
    }

    /// <summary>Checks a run with its leases, unless it has ended since the pass began.</summary>
    /// <returns>The work that it took, in leases.</returns>
    public int Check(RunningRun run)
    {
        var key = run.Demand.Run;
        if (!state.Running.TryGetValue(key, out var present) || !ReferenceEquals(present, run))
            return 1;
        var (gpus, leased, metered) = (0, 0.0, run.Meter.GpuSeconds.Total());
        var leases = run.OpenLeases;
        foreach (var lease in leases)
        {
            if (lease.Start > state.At || lease.Run != key)
                found(4, $"lease {lease.Id} of {key} starts in the future or names another run");
            var width = lease.Gpus();
            gpus += lease.Role == LeaseRole.Active ? width : 0;
            leased += width * (state.At - lease.Start).TotalSeconds;
            if (state.Funding.UnmeteredOf(lease, state.At) is { } unmetered)
                metered += unmetered;
            else
                found(9, $"lease {lease.Id} of {key} has no claim of its own");
            for (var i = 0; i < lease.Slots.Count; i++)
                CheckSlots(lease, lease.Slots[i]);
        }
        CheckRun(key, run, gpus);
        CheckMeter(key, run, leased, metered);
        if (run.Demand.GroupGpus > 0)
            CheckDomains(key, run);
        if (run.Demand.RequiredLevel() is { } level)
            CheckLevel(key, run, level);
        Count += leases.Length;
        return Math.Max(1, leases.Length);
    }

    private void CheckRun(RunKey key, RunningRun run, int gpus)
    {
        var least = run.Demand.GpusMin > 0 ? run.Demand.GpusMin : run.Demand.Gpus;
        if (gpus < least)
            found(5, $"{key} runs with {Counted.Of(gpus, "GPU")}, fewer than its {least}");
        if (gpus != run.Gpus())
            found(9, $"{key} counts {Counted.Of(run.Gpus(), "GPU")}, but its leases hold {gpus}");
        if (state.Queue.Find(key) is not null)
            found(6, $"{key} runs and waits at once");
    }

    private void CheckMeter(RunKey key, RunningRun run, double leased, double metered)
    {
        var tolerance = ToleranceSeconds + (leased * ToleranceRatio);
        // What a run's lost leases have used is in its meter, and nowhere else.
        var isTooMuch = metered > leased + tolerance && !run.MayHaveLostLeases;
        if (metered < leased - tolerance || isTooMuch)
            found(10, $"{key} was metered {metered:0.###} GPU-seconds, but its leases were open for {leased:0.###}");
    }

    private void CheckSlots(Lease lease, NodeSlots slots)
    {
        if (state.Fleet.Placed(slots.Node) is not { } node)
            found(2, $"lease {lease.Id} of {lease.Run} is on {slots.Node}, which does not exist");
        else if (node.Spec.State == NodeState.Fenced || BitOperations.Log2(slots.Mask) >= node.Spec.Gpus)
            found(2, $"lease {lease.Id} of {lease.Run} is on {slots}, which is fenced or has fewer GPUs");
        else if (((lease.Role == LeaseRole.Active ? node.Active : node.Spare) & slots.Mask) != slots.Mask)
            found(9, $"slots {slots} of lease {lease.Id} of {lease.Run} count as free");
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(held, slots.Node, out _);
        if (lease.Id >= end)
        {
            known.Later |= slots.Mask;
            return;
        }
        ref var taken = ref (lease.Role == LeaseRole.Active ? ref known.Active : ref known.Spare);
        if ((taken & slots.Mask) is not 0 and var twice)
            found(1, $"slots {new NodeSlots(slots.Node, twice)} are leased twice, "
                + $"once by lease {lease.Id} of {lease.Run}");
        taken |= slots.Mask;
    }

    private void CheckDomains(RunKey key, RunningRun run)
    {
        domainOfGroup.Clear();
        DomainKey? first = null;
        var (spans, several) = (false, false);
        foreach (var lease in run.OpenLeases)
        {
            foreach (var slots in lease.Slots)
            {
                if (state.Fleet.Placed(slots.Node)?.Domain.Key is not { } domain)
                    continue;
                first ??= domain;
                several |= domain != first;
                spans |= !domainOfGroup.TryAdd(lease.Group, domain) && domainOfGroup[lease.Group] != domain;
            }
        }
        if (spans)
            found(5, $"a group of {key} spans fabric domains");
        if (run.Demand.OneDomain && several)
            found(5, $"the groups of {key} are in several domains");
    }

    private void CheckLevel(RunKey key, RunningRun run, LocalityLevel level)
    {
        unitOfGroup.Clear();
        var spans = false;
        foreach (var lease in run.OpenLeases)
        {
            var group = run.Demand.GroupGpus > 0 ? lease.Group : 0;
            for (var i = 0; i < lease.Slots.Count && lease.Role == LeaseRole.Active; i++)
            {
                if (state.Fleet.Find(lease.Slots[i].Node)?.Unit(level) is not { } unit)
                    continue;
                spans |= !unitOfGroup.TryAdd(group, unit) && unitOfGroup[group] != unit;
            }
        }
        if (spans)
            found(5, $"{(run.Demand.GroupGpus > 0 ? "a group of " : "")}{key} spans several "
                + $"{level.ToString().ToLowerInvariant()}s, and must keep to one");
    }

    /// <summary>The slots of a node that leases hold: those that the pass looked at, and those opened since.</summary>
    private struct HeldSlots
    {
        public ulong Active;
        public ulong Spare;
        public ulong Later;
    }
}
