namespace Jobtree.Telemetry;

/// <summary>
/// Every series that Jobtree emits, once: the meters, the documentation and the checks of dashboards and rules come
/// from here.
/// </summary>
public static class Catalogue
{
    /// <summary>Time that one admission attempt took.</summary>
    public static Instrument AdmissionLatency { get; } = Instrument.Histogram(
        "jobtree_runs_admission_latency_seconds", "seconds",
            "Time from the arrival of a run at the API to its decision.", Buckets.Calls, "flavor", "result");

    /// <summary>Forecast backlog.</summary>
    public static Instrument Backlog { get; } = Instrument.Gauge(
        "jobtree_reservations_backlog_seconds", "seconds", "Forecast time until all that waits now has started.",
            "flavor");

    /// <summary>Time to make a forecast.</summary>
    public static Instrument ForecastLatency { get; } = Instrument.Histogram(
        "jobtree_forecast_latency_seconds", "seconds",
            "Time that a flavor took to tell its state and forecast its queue, at each scrape.", Buckets.Calls,
            "flavor");

    /// <summary>Forecast against fact.</summary>
    public static Instrument ForecastError { get; } = Instrument.Histogram(
        "jobtree_forecast_error_seconds", "seconds",
            "Actual minus forecast start of runs that had waited, since the ledger began; positive is late.",
            Buckets.Errors, "flavor");

    /// <summary>Cuts.</summary>
    public static Instrument ResolverActions { get; } = Instrument.Counter(
        "jobtree_resolver_actions_total", "actions", "Runs cut for funded demand since the ledger began, by kind.",
            "flavor", "kind");

    /// <summary>GPUs of claims on envelopes.</summary>
    public static Instrument BudgetGpus { get; } = Instrument.Gauge(
        "jobtree_budgets_concurrency_gpus", "gpus",
            "GPUs of the claims on an envelope by class; spare counts what of them is spare.",
        "owner", "budget", "envelope", "flavor", "class");

    /// <summary>GPU-seconds of claims on envelopes.</summary>
    public static Instrument BudgetGpuSeconds { get; } = Instrument.Counter(
        "jobtree_budgets_gpu_seconds_total", "gpu-seconds",
            "GPU-seconds of the claims on an envelope so far, by class.",
        "owner", "budget", "envelope", "flavor", "class");

    /// <summary>Spares.</summary>
    public static Instrument SpareGpus { get; } = Instrument.Gauge(
        "jobtree_spares_concurrency_gpus", "gpus", "GPUs under an open spare lease.", "flavor");

    /// <summary>GPUs by state.</summary>
    public static Instrument Gpus { get; } = Instrument.Gauge(
        "jobtree_gpus", "gpus", "GPUs by state: free, used, cordoned, fenced.", "flavor", "state");

    /// <summary>Fragmentation of what is free.</summary>
    public static Instrument Fragmentation { get; } = Instrument.Gauge(
        "jobtree_fragmentation_ratio", "ratio",
            "1 - largest free block in one fabric domain / all free GPUs; 0 when nothing is free.", "flavor");

    /// <summary>Runs in the queue.</summary>
    public static Instrument QueueDepth { get; } = Instrument.Gauge(
        "jobtree_queue_depth", "runs",
            "Runs that have not started: waiting ones hold nothing, reserved ones a reservation.", "flavor", "reason");

    /// <summary>GPUs asked for by the queue.</summary>
    public static Instrument QueueGpus { get; } = Instrument.Gauge(
        "jobtree_queue_gpus", "gpus", "GPUs asked for by runs that have not started.", "flavor");

    /// <summary>Decisions.</summary>
    public static Instrument Decisions { get; } = Instrument.Counter(
        "jobtree_decisions_total", "decisions", "Decisions since the ledger began, by outcome.", "flavor", "outcome");

    /// <summary>Errors.</summary>
    public static Instrument Errors { get; } = Instrument.Counter(
        "jobtree_errors_total", "errors", "Errors by the component that met them.", "component", "error_type",
            "severity");

    /// <summary>Nodes by state.</summary>
    public static Instrument Nodes { get; } = Instrument.Gauge(
        "jobtree_nodes", "nodes", "Nodes by state.", "flavor", "state");

    /// <summary>Time to append to the journal.</summary>
    public static Instrument JournalAppendLatency { get; } = Instrument.Histogram(
        "jobtree_journal_append_seconds", "seconds",
            "Time to write a batch of appends, or a snapshot, and flush it to the disk.", Buckets.Calls, "host",
            "operation");

    /// <summary>Records appended.</summary>
    public static Instrument JournalAppends { get; } = Instrument.Counter(
        "jobtree_journal_appends_total", "records",
            "Records made durable in the journal; for snapshots the states written.", "host", "operation");

    /// <summary>How long runs lasted.</summary>
    public static Instrument RunDuration { get; } = Instrument.Histogram(
        "jobtree_run_duration_seconds", "seconds", "Time from the last start of a run to its end.", Buckets.Runs,
            "flavor", "status");

    /// <summary>Runs that ended.</summary>
    public static Instrument RunsFinished { get; } = Instrument.Counter(
        "jobtree_runs_finished_total", "runs", "Runs that ended: succeeded, failed, cancelled.", "flavor", "status");

    /// <summary>Live runs by phase.</summary>
    public static Instrument Runs { get; } = Instrument.Gauge(
        "jobtree_runs", "runs", "Live runs by phase.", "flavor", "phase");

    /// <summary>Time to answer API requests.</summary>
    public static Instrument ApiRequestDuration { get; } = Instrument.Histogram(
        "jobtree_api_request_duration_seconds", "seconds",
            "Time from the arrival of an API request to the end of its answer; watches are left out.",
        Buckets.Calls, "route", "method", "code");

    /// <summary>Open watch streams.</summary>
    public static Instrument ApiWatchers { get; } = Instrument.Gauge(
        "jobtree_api_watchers", "streams", "Watch streams that are open.");

    /// <summary>Time of grain calls.</summary>
    public static Instrument GrainCallDuration { get; } = Instrument.Histogram(
        "jobtree_grain_call_duration_seconds", "seconds",
            "Time that a grain of this silo took to answer a call; the outcome is ok, unavailable (a store or another silo was away) or error.",
        Buckets.GrainCalls, "grain", "method", "outcome");

    /// <summary>Grains in memory.</summary>
    public static Instrument GrainActivations { get; } = Instrument.Gauge(
        "jobtree_grain_activations", "grains", "Grains in this silo's memory, by type.", "grain");

    /// <summary>Open breakers.</summary>
    public static Instrument BreakerOpen { get; } = Instrument.Gauge(
        "jobtree_breaker_open", "breakers",
            "1 while what this silo depends on is away and calls to it fail fast, else 0.", "dependency");

    /// <summary>Records in the ledger.</summary>
    public static Instrument LedgerSequence { get; } = Instrument.Gauge(
        "jobtree_ledger_sequence", "records", "Number of the last record of a flavor's ledger.", "flavor");

    /// <summary>Broken invariants.</summary>
    public static Instrument LedgerViolations { get; } = Instrument.Counter(
        "jobtree_ledger_violations_total", "violations",
            "Broken invariants that audits found, by the invariant's number in the design.", "invariant");

    /// <summary>Time of the last success.</summary>
    public static Instrument LastSuccess { get; } = Instrument.Gauge(
        "jobtree_last_success_timestamp_seconds", "seconds", "When a loop last went through, in Unix time.", "loop");

    /// <summary>Label sets that were not kept.</summary>
    public static Instrument SeriesDropped { get; } = Instrument.Counter(
        "jobtree_series_dropped_total", "samples",
            "Samples that a series took under the label value 'other' or left out because it had reached its bound of label sets.", "series");

    /// <summary>Processor time of this process.</summary>
    public static Instrument ProcessCpu { get; } = Instrument.Counter(
        "process_cpu_seconds_total", "seconds", "Processor time that this process has used.");

    /// <summary>Memory of this process.</summary>
    public static Instrument ProcessMemory { get; } = Instrument.Gauge(
        "process_resident_memory_bytes", "bytes", "Resident memory of this process.");

    /// <summary>Start of this process.</summary>
    public static Instrument ProcessStart { get; } = Instrument.Gauge(
        "process_start_time_seconds", "seconds", "When this process started, in Unix time.");

    /// <summary>All of them, in the order of exposition.</summary>
    public static IReadOnlyList<Instrument> All { get; } =
    [
        AdmissionLatency, Decisions, QueueDepth, QueueGpus, Backlog, ForecastLatency, ForecastError, ResolverActions,
        Runs, RunsFinished, RunDuration,
        Gpus, Nodes, SpareGpus, Fragmentation,
        BudgetGpus, BudgetGpuSeconds,
        JournalAppendLatency, JournalAppends, LedgerSequence, LedgerViolations,
        ApiRequestDuration, ApiWatchers,
        GrainCallDuration, GrainActivations, BreakerOpen,
        Errors, LastSuccess, SeriesDropped,
        ProcessCpu, ProcessMemory, ProcessStart,
    ];
}
