namespace Jobtree.Telemetry;

/// <summary>
/// The single definition of every metric that Jobtree emits. The instruments, the documentation and the checks of
/// dashboards and rules derive from it.
/// </summary>
public static partial class Catalogue
{
    /// <summary>Time of one admission.</summary>
    public static MetricDefinition AdmissionLatency { get; } = MetricDefinition.Histogram(
        "jobtree_runs_admission_latency_seconds", "seconds",
        "Time from the arrival of a submission, by any door, until its decision was durable; a start from the queue "
            + "is one more observation, bound, with the time of the pass over the queue that started it.",
        Buckets.Calls, "flavor", "result");

    /// <summary>Forecast backlog.</summary>
    public static MetricDefinition Backlog { get; } = MetricDefinition.Gauge(
        "jobtree_reservations_backlog_seconds", "seconds",
        "Forecast time until all that waits now has started.",
        "flavor");

    /// <summary>Time to make a forecast.</summary>
    public static MetricDefinition ForecastLatency { get; } = MetricDefinition.Histogram(
        "jobtree_forecast_latency_seconds", "seconds",
        "Time that a flavor took to tell its state and forecast its queue, at each scrape.",
        Buckets.Calls, "flavor");

    /// <summary>Actual minus forecast start.</summary>
    public static MetricDefinition ForecastError { get; } = MetricDefinition.Histogram(
        "jobtree_forecast_error_seconds", "seconds",
        "Actual minus forecast start of runs that had waited and started on this silo; positive is late.",
        Buckets.Errors, "flavor");

    /// <summary>Runs cut for funded demand.</summary>
    public static MetricDefinition ResolverActions { get; } = MetricDefinition.Counter(
        "jobtree_resolver_actions_total", "actions",
        "Cuts for funded demand since the ledger began, by kind: unfunded runs reclaimed, runs that gave up spares, "
            + "runs that shrank, runs that a lottery cut.",
        "flavor", "kind");

    /// <summary>GPUs of claims on envelopes.</summary>
    public static MetricDefinition BudgetGpus { get; } = MetricDefinition.Gauge(
        "jobtree_budgets_concurrency_gpus", "gpus",
        "GPUs of the claims on an envelope by class; spare counts what of them is spare.",
        "owner", "budget", "envelope", "flavor", "class");

    /// <summary>GPU-seconds of claims on envelopes.</summary>
    public static MetricDefinition BudgetGpuSeconds { get; } = MetricDefinition.Counter(
        "jobtree_budgets_gpu_seconds_total", "gpu-seconds",
        "GPU-seconds of the claims on an envelope so far, by class.",
        "owner", "budget", "envelope", "flavor", "class");

    /// <summary>GPUs under spare leases.</summary>
    public static MetricDefinition SpareGpus { get; } = MetricDefinition.Gauge(
        "jobtree_spares_concurrency_gpus", "gpus",
        "GPUs under an open spare lease.",
        "flavor");

    /// <summary>GPUs by state.</summary>
    public static MetricDefinition Gpus { get; } = MetricDefinition.Gauge(
        "jobtree_gpus", "gpus",
        "GPUs by state: free, used, cordoned (or draining), fenced.",
        "flavor", "state");

    /// <summary>Fragmentation of the free GPUs.</summary>
    public static MetricDefinition Fragmentation { get; } = MetricDefinition.Gauge(
        "jobtree_fragmentation_ratio", "ratio",
        "1 - largest free block in one fabric domain / all free GPUs; 0 when nothing is free.",
        "flavor");

    /// <summary>Free GPUs that groups on one node cannot use.</summary>
    public static MetricDefinition StrandedGpus { get; } = MetricDefinition.Gauge(
        "jobtree_stranded_gpus", "gpus",
        "Free GPUs, scattered so that no group of 2, 4 or 8 GPUs on one node can use them; nodes smaller than the "
            + "group do not count.",
        "flavor", "group");

    /// <summary>Runs in the queue.</summary>
    public static MetricDefinition QueueDepth { get; } = MetricDefinition.Gauge(
        "jobtree_queue_depth", "runs",
        "Runs that have not started: waiting ones hold nothing, reserved ones a reservation.",
        "flavor", "reason");

    /// <summary>GPUs asked for by the queue.</summary>
    public static MetricDefinition QueueGpus { get; } = MetricDefinition.Gauge(
        "jobtree_queue_gpus", "gpus",
        "GPUs asked for by runs that have not started.",
        "flavor");

    /// <summary>Decisions.</summary>
    public static MetricDefinition Decisions { get; } = MetricDefinition.Counter(
        "jobtree_decisions_total", "decisions",
        "Decisions since the ledger began, by outcome.",
        "flavor", "outcome");

    /// <summary>Promised starts that moved later.</summary>
    public static MetricDefinition PromiseMoves { get; } = MetricDefinition.Counter(
        "jobtree_promise_moves_total", "moves",
        "Promised starts of reservations that moved later since the ledger began, by cause.",
        "flavor", "cause");

    /// <summary>Elastic runs that grew.</summary>
    public static MetricDefinition ElasticGrows { get; } = MetricDefinition.Counter(
        "jobtree_elastic_grows_total", "resizes",
        "Times that a running run gained GPUs since the ledger began.",
        "flavor");

    /// <summary>Elastic runs that shrank.</summary>
    public static MetricDefinition ElasticShrinks { get; } = MetricDefinition.Counter(
        "jobtree_elastic_shrinks_total", "resizes",
        "Times that a run went on with fewer GPUs since the ledger began: on request, for another run, or after a "
            + "node failed.",
        "flavor");

    /// <summary>GPUs of elastic runs.</summary>
    public static MetricDefinition ElasticWidth { get; } = MetricDefinition.Gauge(
        "jobtree_elastic_width_current", "gpus",
        "GPUs that running elastic runs hold, spares not counted.",
        "flavor");

    /// <summary>Spares that replaced failed GPUs.</summary>
    public static MetricDefinition Swaps { get; } = MetricDefinition.Counter(
        "jobtree_swaps_total", "swaps",
        "Spare leases that took the place of GPUs of a failed node since the ledger began.",
        "flavor");

    /// <summary>Drained nodes that are late.</summary>
    public static MetricDefinition NodesOverdue { get; } = MetricDefinition.Gauge(
        "jobtree_nodes_overdue", "nodes",
        "Draining nodes that were to be empty by now and still have work.",
        "flavor");

    /// <summary>Errors.</summary>
    public static MetricDefinition Errors { get; } = MetricDefinition.Counter(
        "jobtree_errors_total", "errors",
        "Errors by the component that met them.",
        "component", "error_type", "severity") with { Presence = MetricPresence.Fault };

    /// <summary>Nodes by state.</summary>
    public static MetricDefinition Nodes { get; } = MetricDefinition.Gauge(
        "jobtree_nodes", "nodes",
        "Nodes by state: ready, cordoned, draining, fenced.",
        "flavor", "state");

    /// <summary>Time to append to the journal.</summary>
    public static MetricDefinition JournalAppendLatency { get; } = MetricDefinition.Histogram(
        "jobtree_journal_append_seconds", "seconds",
        "Time until a batch of appends, or a snapshot, was durable.",
        Buckets.Calls, "host", "operation");

    /// <summary>Records appended.</summary>
    public static MetricDefinition JournalAppends { get; } = MetricDefinition.Counter(
        "jobtree_journal_appends_total", "records",
        "Records made durable in the journal; for snapshots the states written.",
        "host", "operation");

    /// <summary>How long runs lasted.</summary>
    public static MetricDefinition RunDuration { get; } = MetricDefinition.Histogram(
        "jobtree_run_duration_seconds", "seconds",
        "Time from the last start of a run to its end.",
        Buckets.Runs, "flavor", "status");

    /// <summary>Runs that ended.</summary>
    public static MetricDefinition RunsFinished { get; } = MetricDefinition.Counter(
        "jobtree_runs_finished_total", "runs",
        "Runs that ended, by status: succeeded, failed, cancelled; preempted counts attempts that were cut.",
        "flavor", "status");

    /// <summary>Live runs by phase.</summary>
    public static MetricDefinition Runs { get; } = MetricDefinition.Gauge(
        "jobtree_runs", "runs",
        "Live runs by phase.",
        "flavor", "phase");

    /// <summary>Time to answer API requests.</summary>
    public static MetricDefinition ApiRequestDuration { get; } = MetricDefinition.Histogram(
        "jobtree_api_request_duration_seconds", "seconds",
        "Time from the arrival of an API request to the end of its answer; watches are left out.",
        Buckets.Calls, "route", "method", "code");

    /// <summary>Open watch streams.</summary>
    public static MetricDefinition ApiWatchers { get; } = MetricDefinition.Gauge(
        "jobtree_api_watchers", "streams",
        "Watch streams that are open.");

    /// <summary>Time of grain calls.</summary>
    public static MetricDefinition GrainCallDuration { get; } = MetricDefinition.Histogram(
        "jobtree_grain_call_duration_seconds", "seconds",
        "Time that a grain of this silo took to answer a call; the outcome is ok, unavailable (a store or another "
            + "silo was away) or error.",
        Buckets.GrainCalls, "grain", "method", "outcome");

    /// <summary>Open breakers.</summary>
    public static MetricDefinition BreakerOpen { get; } = MetricDefinition.Gauge(
        "jobtree_breaker_open", "breakers",
        "1 while what this silo depends on is away (three failures in a row, no success since), else 0.",
        "dependency");

    /// <summary>Records in the ledger.</summary>
    public static MetricDefinition LedgerSequence { get; } = MetricDefinition.Gauge(
        "jobtree_ledger_sequence", "records",
        "Number of the last record of a flavor's ledger.",
        "flavor");

    /// <summary>Broken invariants.</summary>
    public static MetricDefinition LedgerViolations { get; } = MetricDefinition.Counter(
        "jobtree_ledger_violations_total", "violations",
        "Broken invariants that checks and audits found, by the invariant's number in the design. The continuous check "
            + "counts one that persists at every pass.",
        "invariant");

    // The lists are made at first use: initializers of other files may run after this file's.

    /// <summary>All metrics of a silo, in the order of the documentation.</summary>
    public static IReadOnlyList<MetricDefinition> All => field ??=
    [
        AdmissionLatency, Decisions, PromiseMoves, RunWait, QueueDepth, QueueGpus, Backlog, ForecastLatency,
        ForecastError,
        ResolverActions, ElasticGrows, ElasticShrinks, ElasticWidth, Swaps,
        Runs, RunsFinished, RunDuration,
        RunProgress, RunEpoch, RunLoss, RunGpuUtilization, RunGpuMemory,
        Gpus, Nodes, NodesOverdue, NodeUsage, SpareGpus, Fragmentation, StrandedGpus,
        BudgetGpus, BudgetGpuSeconds,
        OutboxLag, OutboxLagThreshold, ReceiversSetAside,
        JournalAppendLatency, JournalAppends, StorageUsed, LedgerSequence, LedgerGaps, LedgerViolations,
        LeasesOrphaned, RunsLost, FlavorViewsStale,
        ExecutorOrders, ExecutorOrderDuration, ExecutorResisting,
        RedisConnections, RedisConnectionsMax, RedisRoundTrip, RecordsLost,
        ApiRequestDuration, ApiWatchers,
        GrainCallDuration, BreakerOpen, BreakerOpened, Retries,
        ReconcileDuration, LastSuccess, Errors, TelemetryDropped, ClockOffset,
        CertificateExpiry,
        ProcessCpu, ProcessCpus, ProcessMemory, ProcessMemoryLimit, ProcessStart,
        SchedulerLatencyMs, StateSyncLatencyMs,
    ];

    /// <summary>The metrics of programs that use the client SDK.</summary>
    public static IReadOnlyList<MetricDefinition> Sdk => field ??=
    [
        SdkRequests, SdkRequestDuration, SdkRequestsInProgress, SdkRetries, SdkLastSuccess,
    ];
}
