using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>What an elastic run can give up: whole steps of its width, down to its minimum.</summary>
internal static class ShrinkSteps
{
    /// <summary>The leases of each step, in the order in which steps are given up: the highest groups first.</summary>
    public static List<IReadOnlyList<Lease>> Of(RunningRun run)
    {
        var steps = new List<IReadOnlyList<Lease>>();
        var demand = run.Demand;
        if (demand.GpusStep <= 0 || demand.GpusMin <= 0)
            return steps;
        var width = run.Gpus();
        List<Lease> step = [];
        var gpus = 0;
        var groups = run.Leases.Where(lease => lease.Role == LeaseRole.Active).GroupBy(lease => lease.Group)
            .OrderByDescending(group => group.Key);
        foreach (var group in groups)
        {
            step.AddRange(group);
            gpus += group.Sum(lease => lease.Gpus());
            if (gpus < demand.GpusStep)
                continue;
            if (width - gpus < demand.GpusMin || gpus % demand.GpusStep != 0)
                break;
            steps.Add(step);
            (width, step, gpus) = (width - gpus, [], 0);
        }
        return steps;
    }
}
