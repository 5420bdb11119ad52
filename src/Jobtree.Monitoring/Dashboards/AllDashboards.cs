using Jobtree.Monitoring.Dashboards.Boards;

namespace Jobtree.Monitoring.Dashboards;

/// <summary>The dashboards that are shipped.</summary>
internal static class AllDashboards
{
    /// <summary>Makes them, in the order in which the preview lists them.</summary>
    public static IReadOnlyList<Dashboard> Make() =>
    [
        SystemOverview.Make(),
        JobtreeObservability.Make(),
        SchedulerPerformance.Make(),
        TargetManagement.Make(),
        TrainingOverview.Make(),
        TrainingJobDetail.Make(),
        BatchObservability.Make(),
        SystemHealth.Make(),
        Grains.Make(),
    ];
}
