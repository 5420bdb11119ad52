namespace Jobtree.Telemetry;

/// <content>What the continuous check of the fleet finds, and what waits to be told.</content>
public static partial class Catalogue
{
    /// <summary>Time that runs waited.</summary>
    public static MetricDefinition RunWait { get; } = MetricDefinition.Histogram(
        "jobtree_run_wait_seconds", "seconds",
        "Time from the submission of a run to its first start; runs that start at once included.",
        Buckets.Waits, "flavor");

    /// <summary>Age of the oldest undelivered fact.</summary>
    public static MetricDefinition OutboxLag { get; } = MetricDefinition.Gauge(
        "jobtree_outbox_lag_seconds", "seconds",
        "Age of the oldest fact that a flavor has recorded and not yet delivered, without those of receivers that are "
            + "set aside; 0 if there is none.",
        "flavor");

    /// <summary>When the outbox lags too far.</summary>
    public static MetricDefinition OutboxLagThreshold { get; } = MetricDefinition.Gauge(
        "jobtree_outbox_lag_threshold_seconds", "seconds",
        "The lag of an outbox beyond which an alert fires.");

    /// <summary>Receivers that take no facts.</summary>
    public static MetricDefinition ReceiversSetAside { get; } = MetricDefinition.Gauge(
        "jobtree_receivers_set_aside", "receivers",
        "Runs and envelopes that do not take their facts and are set aside.",
        "flavor");

    /// <summary>Gaps in the ledger.</summary>
    public static MetricDefinition LedgerGaps { get; } = MetricDefinition.Gauge(
        "jobtree_ledger_gaps", "records",
        "Records missing from the end of a flavor's ledger in its store, as the continuous check sees it; journals on "
            + "a disk are not read back, and have 0.",
        "flavor");

    /// <summary>Leases without a live run.</summary>
    public static MetricDefinition LeasesOrphaned { get; } = MetricDefinition.Gauge(
        "jobtree_leases_orphaned", "leases",
        "Open leases whose run has ended or does not exist, as the continuous check sees it.",
        "flavor");

    /// <summary>Acknowledged runs that their flavor does not know.</summary>
    public static MetricDefinition RunsLost { get; } = MetricDefinition.Gauge(
        "jobtree_runs_lost", "runs",
        "Acknowledged open runs that their flavor does not know, as the continuous check sees it.",
        "flavor");

    /// <summary>Flavors that were not heard of for long.</summary>
    public static MetricDefinition FlavorViewsStale { get; } = MetricDefinition.Gauge(
        "jobtree_flavor_views_stale_ratio", "ratio",
        "Part of the flavors whose state was last read more than five minutes ago.");

    /// <summary>Usage of a node.</summary>
    public static MetricDefinition NodeUsage { get; } = MetricDefinition.Gauge(
        "jobtree_node_usage_ratio", "ratio",
        "Usage of a node's resource (gpu, cpu, memory), as its agent or the executor reports it.",
        "node", "resource") with { Presence = MetricPresence.Reported };

    /// <summary>Progress of a run.</summary>
    public static MetricDefinition RunProgress { get; } = PerRun(
        "jobtree_run_progress_ratio", "ratio", "Progress of a run, as its workload reports it.");

    /// <summary>Epoch of a run.</summary>
    public static MetricDefinition RunEpoch { get; } = PerRun(
        "jobtree_run_epoch", "epochs", "Epoch of a run's training, as its workload reports it.");

    /// <summary>Loss of a run.</summary>
    public static MetricDefinition RunLoss { get; } = PerRun(
        "jobtree_run_loss", "loss", "Loss of a run's training, as its workload reports it.");

    /// <summary>GPU utilization of a run.</summary>
    public static MetricDefinition RunGpuUtilization { get; } = PerRun(
        "jobtree_run_gpu_utilization_ratio", "ratio", "Mean utilization of a run's GPUs, as reported.");

    /// <summary>GPU memory of a run.</summary>
    public static MetricDefinition RunGpuMemory { get; } = PerRun(
        "jobtree_run_gpu_memory_bytes", "bytes", "Memory in use on a run's GPUs, as reported.");

    /// <summary>Reported telemetry that was not taken.</summary>
    public static MetricDefinition TelemetryDropped { get; } = MetricDefinition.Counter(
        "jobtree_telemetry_dropped_total", "reports",
        "Telemetry not taken: runs without series because --run-series-max is reached (run, series-limit), and lines "
            + "of workloads (line) that are malformed or too long.",
        "source", "reason") with { Presence = MetricPresence.Fault };

    private static MetricDefinition PerRun(string name, string unit, string help) =>
        MetricDefinition.Gauge(name, unit, help, "namespace", "run") with { Presence = MetricPresence.Reported };
}
