using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>What a running run would lose by a cut, and for how long it is protected from a lottery.</summary>
internal static class WorkAtRisk
{
    private static readonly TimeSpan ProtectedByDefault = TimeSpan.FromMinutes(30);

    /// <summary>
    /// For how long after its start a run is protected from a lottery: its checkpoint interval, else 30 minutes.
    /// </summary>
    public static TimeSpan ProtectedTime(Demand demand) => demand.Checkpoint ?? ProtectedByDefault;

    /// <summary>Whether a run is still protected at an instant.</summary>
    public static bool IsProtected(RunningRun run, DateTimeOffset at) =>
        at.UtcTicks - run.StartedTicks < ProtectedTime(run.Demand).Ticks;

    /// <summary>When a run's protection ends, in UTC ticks.</summary>
    public static long ProtectedUntil(RunningRun run) => run.StartedTicks + ProtectedTime(run.Demand).Ticks;

    /// <summary>
    /// The work that is lost if a run's leases end, in whole GPU-seconds: since its last checkpoint, else since its
    /// start.
    /// </summary>
    public static long Of(RunningRun run, int gpus, DateTimeOffset at)
    {
        var ticks = Math.Max(0, (at - run.StartedAt).Ticks);
        if (run.Demand.Checkpoint is { Ticks: > 0 } checkpoint)
            ticks %= checkpoint.Ticks;
        return gpus * (ticks / TimeSpan.TicksPerSecond);
    }
}
