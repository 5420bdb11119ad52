namespace Jobtree.Telemetry;

/// <content>The series of programs that use <c>Jobtree.Client</c>.</content>
public static partial class Catalogue
{
    /// <summary>Calls of the client SDK.</summary>
    public static MetricDefinition SdkRequests { get; } = InSdk(MetricDefinition.Counter(
        "jobtree_sdk_requests_total", "requests",
        "Calls of the client that were answered, by outcome: ok, or the code of the refusal.",
        "operation", "outcome"));

    /// <summary>Time of the client's calls.</summary>
    public static MetricDefinition SdkRequestDuration { get; } = InSdk(MetricDefinition.Histogram(
        "jobtree_sdk_request_duration_seconds", "seconds",
        "Time from a call of the client to its answer, repetitions included.",
        Buckets.Calls, "operation", "outcome"));

    /// <summary>Calls in progress.</summary>
    public static MetricDefinition SdkRequestsInProgress { get; } = InSdk(MetricDefinition.Gauge(
        "jobtree_sdk_requests_in_progress", "requests",
        "Calls of the client that wait for their answer.",
        "operation"));

    /// <summary>Repeated calls.</summary>
    public static MetricDefinition SdkRetries { get; } = InSdk(MetricDefinition.Counter(
        "jobtree_sdk_retries_total", "retries",
        "Calls sent again because their outcome was unknown.",
        "operation"));

    /// <summary>Time of the last success.</summary>
    public static MetricDefinition SdkLastSuccess { get; } = InSdk(MetricDefinition.Gauge(
        "jobtree_sdk_last_success_timestamp_seconds", "seconds",
        "When a call of the client last succeeded, in Unix time.",
        "operation"));

    private static MetricDefinition InSdk(MetricDefinition metric) => metric with { Presence = MetricPresence.Sdk };
}
