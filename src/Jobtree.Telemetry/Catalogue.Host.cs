namespace Jobtree.Telemetry;

/// <content>What a host and its dependencies do: loops, executor, stores, clock, process.</content>
public static partial class Catalogue
{
    /// <summary>Orders to the executor.</summary>
    public static MetricDefinition ExecutorOrders { get; } = MetricDefinition.Counter(
        "jobtree_executor_orders_total", "orders",
        "Orders to the executor of this silo, start, resize or stop, by outcome: ok, failed.",
        "order", "outcome") with { Presence = MetricPresence.Executor };

    /// <summary>Time until the executor acknowledged an order.</summary>
    public static MetricDefinition ExecutorOrderDuration { get; } = MetricDefinition.Histogram(
        "jobtree_executor_order_seconds", "seconds",
        "Time from an order, start or stop, until the executor of this silo took it.",
        Buckets.Calls, "order") with { Presence = MetricPresence.Executor };

    /// <summary>Attempts whose processes do not end.</summary>
    public static MetricDefinition ExecutorResisting { get; } = MetricDefinition.Gauge(
        "jobtree_executor_resisting", "attempts",
        "Attempts whose processes the executor of this silo cannot end, and goes on trying to: they may be on GPUs "
            + "that others were given.") with { Presence = MetricPresence.Executor };

    /// <summary>Open connections of Redis.</summary>
    public static MetricDefinition RedisConnections { get; } = MetricDefinition.Gauge(
        "jobtree_redis_connections", "connections",
        "Clients that are connected to Redis, of all programs.") with { Presence = MetricPresence.Redis };

    /// <summary>The most connections that Redis takes.</summary>
    public static MetricDefinition RedisConnectionsMax { get; } = MetricDefinition.Gauge(
        "jobtree_redis_connections_max", "connections",
        "The most clients that Redis lets in.") with { Presence = MetricPresence.Redis };

    /// <summary>Time of a round trip to Redis.</summary>
    public static MetricDefinition RedisRoundTrip { get; } = MetricDefinition.Histogram(
        "jobtree_redis_round_trip_seconds", "seconds",
        "Time of a PING from this silo to Redis and back, once per check.",
        Buckets.Calls) with { Presence = MetricPresence.Redis };

    /// <summary>Whether the store has lost records.</summary>
    public static MetricDefinition RecordsLost { get; } = MetricDefinition.Gauge(
        "jobtree_store_records_lost", "ratio",
        "1 while Redis lacks records that it had acknowledged and nobody has accepted that: nothing is changed "
            + "meanwhile.") with { Presence = MetricPresence.Redis };

    /// <summary>How full a store is.</summary>
    public static MetricDefinition StorageUsed { get; } = MetricDefinition.Gauge(
        "jobtree_storage_used_ratio", "ratio",
        "Used part of what journals are kept in: the data folder's file system (disk), or Redis' memory limit (redis; "
            + "absent without a limit).",
        "store");

    /// <summary>Times that a breaker opened.</summary>
    public static MetricDefinition BreakerOpened { get; } = MetricDefinition.Counter(
        "jobtree_breaker_opened_total", "openings",
        "Times that a breaker opened: after three failures in a row.",
        "dependency");

    /// <summary>Repeated attempts.</summary>
    public static MetricDefinition Retries { get; } = MetricDefinition.Counter(
        "jobtree_retries_total", "retries",
        "Attempts repeated after a failure, by component and kind of failure.",
        "component", "reason") with { Presence = MetricPresence.Fault };

    /// <summary>Time of one pass of a loop.</summary>
    public static MetricDefinition ReconcileDuration { get; } = MetricDefinition.Histogram(
        "jobtree_reconcile_duration_seconds", "seconds",
        "Time of one pass of a background loop.",
        Buckets.Calls, "loop");

    /// <summary>Time of the last success.</summary>
    public static MetricDefinition LastSuccess { get; } = MetricDefinition.Gauge(
        "jobtree_last_success_timestamp_seconds", "seconds",
        "When a loop last went through, in Unix time.",
        "loop");

    /// <summary>Ledger clock minus wall clock.</summary>
    public static MetricDefinition ClockOffset { get; } = MetricDefinition.Gauge(
        "jobtree_clock_offset_seconds", "seconds",
        "Time of the ledger minus this machine's wall clock; not zero after the wall clock stepped.");

    /// <summary>When a certificate ends.</summary>
    public static MetricDefinition CertificateExpiry { get; } = MetricDefinition.Gauge(
        "jobtree_certificate_expiry_timestamp_seconds", "seconds",
        "When a certificate of this silo ends, in Unix time: that of the API (api), or the one for other silos and "
            + "clients of the cluster (silo).",
        "certificate") with { Presence = MetricPresence.Certificate };

    /// <summary>Processor time of this process.</summary>
    public static MetricDefinition ProcessCpu { get; } = MetricDefinition.Counter(
        "process_cpu_seconds_total", "seconds",
        "Processor time that this process has used.");

    /// <summary>Processors of this process.</summary>
    public static MetricDefinition ProcessCpus { get; } = MetricDefinition.Gauge(
        "jobtree_process_cpus", "cpus",
        "Processors that this process may use.");

    /// <summary>Memory of this process.</summary>
    public static MetricDefinition ProcessMemory { get; } = MetricDefinition.Gauge(
        "process_resident_memory_bytes", "bytes",
        "Resident memory of this process.");

    /// <summary>Memory limit of this process.</summary>
    public static MetricDefinition ProcessMemoryLimit { get; } = MetricDefinition.Gauge(
        "jobtree_process_memory_limit_bytes", "bytes",
        "Memory that this process may use: the container's limit, else the machine's memory.");

    /// <summary>Start of this process.</summary>
    public static MetricDefinition ProcessStart { get; } = MetricDefinition.Gauge(
        "process_start_time_seconds", "seconds",
        "When this process started, in Unix time.");
}
