using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>What an elastic run can give up: whole steps of its width, down to its minimum.</summary>
internal static class ShrinkSteps
{
    /// <summary>
    /// The leases of each step, in the order in which steps are given up: with groups the highest groups first, each
    /// with its spares; without groups as <see cref="Elasticity.InDropOrder"/> says. Of a lease that a step takes in
    /// part, only the slots that it takes.
    /// </summary>
    public static List<IReadOnlyList<Lease>> Of(RunningRun run)
    {
        if (run.Demand.GpusStep <= 0 || run.Demand.GpusMin <= 0)
            return [];
        return run.Demand.GroupGpus > 0 ? Groups(run) : Gpus(run);
    }

    /// <summary>The leases of a run without what some steps take: of some only the slots that are left.</summary>
    public static IReadOnlyList<Lease> Rest(RunningRun run, IEnumerable<IReadOnlyList<Lease>> steps)
    {
        var rest = new LeaseRevision(run);
        foreach (var lease in steps.SelectMany(static step => step))
            rest.End(lease, LeaseEndReason.Shrink);
        return [.. run.Leases.Select(lease => lease with { Slots = rest.KeptOf(lease) })
            .Where(static lease => lease.Slots.Count > 0)];
    }

    /// <summary>
    /// Which of a run's spares, counted from 0, end with some of its active leases: those of the same groups. None
    /// without groups.
    /// </summary>
    public static IEnumerable<int> SparesWith(RunningRun run, IReadOnlyList<Lease> leases) =>
        run.Demand.GroupGpus == 0 || run.Demand.SparesPerGroup == 0 ? []
            : Elasticity.SparesOf(run).Index().Where(spare => leases.Any(lease => lease.Group == spare.Item.Group))
                .Select(spare => spare.Index);

    private static List<IReadOnlyList<Lease>> Groups(RunningRun run)
    {
        var steps = new List<IReadOnlyList<Lease>>();
        var (demand, width, gpus) = (run.Demand, run.Gpus(), 0);
        List<Lease> step = [];
        foreach (var group in run.Leases.GroupBy(lease => lease.Group).OrderByDescending(group => group.Key))
        {
            step.AddRange(group);
            gpus += group.Sum(static lease => lease.Role == LeaseRole.Active ? lease.Gpus() : 0);
            if (gpus < demand.GpusStep)
                continue;
            if (width - gpus < demand.GpusMin || gpus % demand.GpusStep != 0)
                break;
            steps.Add(step);
            (width, step, gpus) = (width - gpus, [], 0);
        }
        return steps;
    }

    private static List<IReadOnlyList<Lease>> Gpus(RunningRun run)
    {
        var steps = new List<IReadOnlyList<Lease>>();
        var (width, left) = (run.Gpus(), new LeaseRevision(run));
        using var order = Elasticity.InDropOrder(left).GetEnumerator();
        NodeSlots here = default;
        foreach (var next in Elasticity.WidthsBelow(run))
        {
            var step = new List<Lease>();
            for (; width > next; width -= step[^1].Slots[0].Count)
            {
                if (here.Mask == 0 && order.MoveNext())
                    here = order.Current.Slots;
                var given = here.Highest(Math.Min(here.Count, width - next));
                here = here with { Mask = here.Mask & ~given.Mask };
                step.Add(order.Current.Lease with { Slots = [given] });
            }
            steps.Add(step);
        }
        return steps;
    }
}
