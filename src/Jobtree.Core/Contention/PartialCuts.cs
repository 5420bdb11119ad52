using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>What a run loses that is cut in part and goes on: spares, and what an elastic run gives up.</summary>
internal static class PartialCuts
{
    /// <summary>The change of the run's leases.</summary>
    /// <param name="run">The run.</param>
    /// <param name="parts">What is cut: the step, and leases with the slots that are lost.</param>
    public static LeaseRevision Of(RunningRun run, IEnumerable<(CutStep Step, IReadOnlyList<Lease> Leases)> parts)
    {
        var revision = new LeaseRevision(run);
        foreach (var (step, leases) in parts)
        {
            foreach (var lease in leases)
                revision.End(lease, ReasonOf(step));
        }
        return revision;
    }

    private static LeaseEndReason ReasonOf(CutStep step) => step switch
    {
        CutStep.Unfunded => LeaseEndReason.ReclaimUnfunded,
        CutStep.Spares => LeaseEndReason.DropSpare,
        _ => LeaseEndReason.Shrink,
    };
}
