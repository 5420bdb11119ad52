using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Counts each run on the silo of its grain when it ends: no silo need follow the runs of others, and the sum over all
/// silos is correct.
/// </summary>
internal static class RunEndings
{
    public static void Count(FleetMetrics metrics, RunRecord run) =>
        metrics.Finished(
            run.Spec.Resources.GpuType,
            run.Phase == RunPhase.Completed ? "succeeded" : run.Reason == nameof(LeaseEndReason.Cancelled) ? "cancelled"
                : "failed",
            run.FinishedAt - run.StartedAt);
}
