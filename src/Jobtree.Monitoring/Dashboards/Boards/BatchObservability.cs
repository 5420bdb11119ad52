using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>
/// Runs as the jobs of a batch system, under the names that such systems use. All its series are recording rules of
/// <c>alerts/aliases.rules.yaml</c>.
/// </summary>
internal static class BatchObservability
{
    private static readonly Series Jobs = Series.Recorded("batch_jobs_total", "job", "provider");
    private static readonly Series InProgress = Series.Recorded("batch_jobs_in_progress", "job", "provider");
    private static readonly Series Duration = Series.Recorded("batch_job_duration_seconds", "job", "provider");
    private static readonly Series Cycle = Series.Recorded("batch_poll_cycle_seconds", "job", "instance");
    private static readonly Series Items = Series.Recorded("batch_items_total", "job", "provider");
    private static readonly Series Retries = Series.Recorded("batch_retry_attempts_total", "job", "instance");
    private static readonly Series Errors = Series.Recorded("batch_errors_total", "job", "instance");

    private static readonly Series Latency =
        Series.Recorded("batch_provider_latency_seconds", "job", "provider", "operation");

    public static Dashboard Make() => new(
        "batch-observability", "Jobtree / Batch observability",
        "Runs as the jobs of a batch system. For jobs the provider is the flavor whose GPUs they ask for, for requests "
            + "it is the silo that answers, and the operation is the route. All series are recording rules: Prometheus "
            + "must load alerts/aliases.rules.yaml.",
        new Row("Jobs",
            Stat("Jobs in progress", "Runs that were submitted and have not ended.", Unit.Count, Sum(InProgress)),
            Stat("Item success rate (15 m)", "Part of the attempts of runs that ended in 15 minutes and succeeded.",
                Unit.Ratio,
                Share(Increase(Items, where: "status='succeeded'", window: "15m"), Increase(Items, window: "15m")))
                with { Max = 1, Thresholds = new(0.95, 0.9) },
            Stat("Poll cycle p95", "95 % of the passes of background loops took at most this long.", Unit.Seconds,
                Quantile(0.95, Cycle)),
            Lines("Jobs in progress by provider", "Runs that were submitted and have not ended, by flavor.", Unit.Count,
                ("{{provider}}", Sum(InProgress, "provider"))),
            Lines("Submission, completion and failure rates", "Jobs per minute that came, succeeded, failed.",
                Unit.PerMinute,
                ("submitted", PerMinute("submitted")), ("completed", PerMinute("completed")),
                ("failed", PerMinute("failed"))),
            Columns("Status increments (5 m)", "Jobs that took each status within five minutes.", Unit.Count,
                ("{{status}}", Increase(Jobs, "status", window: "5m"))),
            Lines("Job duration", "Time from the last start of a job to its end.", Unit.Seconds,
                ("p50", Quantile(0.5, Duration)), ("p95", Quantile(0.95, Duration)),
                ("p99", Quantile(0.99, Duration)))),
        new Row("Provider latency",
            Lines("Average latency by operation", "Mean time to answer a request.", Unit.Seconds,
                ("{{operation}}", Average(Latency, "operation"))),
            HeatMap("Latency distribution", "Requests by the time to answer them.", Unit.Seconds, Heat(Latency))),
        new Row("Cycles, errors, retries",
            Lines("Poll cycle p95 by loop", "95 % of the passes of a background loop took at most this long.",
                Unit.Seconds, ("{{loop}}", Quantile(0.95, Cycle, "loop"))),
            Columns("Errors by type", "Errors per minute; __unset__ is 0 before the first error.", Unit.PerMinute,
                ("{{error_type}}", $"60 * {Rate(Errors, "error_type")}")),
            Columns("Retries by reason", "Attempts repeated per minute; __unset__ is 0 before the first one.",
                Unit.PerMinute, ("{{retry_reason}}", $"60 * {Rate(Retries, "retry_reason")}"))));

    private static string PerMinute(string status) => $"60 * {Rate(Jobs, where: $"status='{status}'")}";
}
