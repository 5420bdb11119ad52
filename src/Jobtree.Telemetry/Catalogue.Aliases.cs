namespace Jobtree.Telemetry;

/// <content>
/// Series emitted under another system's name because no recording rule can make them: a histogram's bounds cannot be
/// scaled from seconds to milliseconds. All other such names are recording rules in
/// <c>alerts/aliases.rules.yaml</c>.
/// </content>
public static partial class Catalogue
{
    /// <summary>Admission latency in milliseconds.</summary>
    public static MetricDefinition SchedulerLatencyMs { get; } = MetricDefinition.Histogram(
        "scheduler_latency_ms", "milliseconds",
        "Time in which a flavor decided one admission or one start from its queue, without journal and messages; "
            + "component is scheduler, priority is fundable, unfundable, or none for a refusal.",
        [0.1, 0.5, 1, 2, 5, 10], "component", "priority");

    /// <summary>Journal latency in milliseconds.</summary>
    public static MetricDefinition StateSyncLatencyMs { get; } = MetricDefinition.Histogram(
        "state_sync_latency_ms", "milliseconds",
        "Time until a batch of appends (append) or a snapshot (snapshot) was durable.",
        [1, 5, 10, 25, 50, 100], "operation_type");
}
