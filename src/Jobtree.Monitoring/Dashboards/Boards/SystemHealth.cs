using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>Whether the service is well: API, Redis, journal, queue, breakers, loops, ledger.</summary>
internal static class SystemHealth
{
    public static Dashboard Make() => new(
        "system-health", "Jobtree / System health",
        "Whether the service is well: its API, Redis, journals, queue, breakers, background loops and ledger. "
            + "Panels of Redis are empty where journals are on disk.",
        new Row("Now",
            Stat("API p95", "95 % of the requests were answered within this time.", Unit.Seconds,
                Quantile(0.95, Catalogue.ApiRequestDuration)),
            Stat("API errors", "Part of the requests that were answered with a status of 500 or above.", Unit.Ratio,
                $"({OrZero(Requests("code=~'5..'"))}) / {Requests("")}")
                with { Thresholds = new(0.005, 0.01) },
            Stat("Open breakers", "Dependencies to which calls fail fast.", Unit.Count, Sum(Catalogue.BreakerOpen))
                with { Thresholds = new(1, 1.01) },
            Stat("Queue depth", "Runs that have not started.", Unit.Count, Sum(Catalogue.QueueDepth))
                with { Thresholds = new(100, 5000) },
            Gauge("Storage", "Used part of the fullest store of journals.", Max(Catalogue.StorageUsed)),
            Gauge("Redis connections", "Part of the connections that Redis takes. Empty without Redis.",
                $"{Max(Catalogue.RedisConnections)} / {Max(Catalogue.RedisConnectionsMax)}"),
            Stat("Records lost", "1 while Redis lacks records that it had acknowledged, and nothing is changed. Empty "
                + "without Redis.", Unit.Count, Max(Catalogue.RecordsLost)) with { Thresholds = new(1, 1.01) }),
        new Row("API",
            Lines("API latency", "Time from the arrival of a request to the end of its answer; watches are left out.",
                Unit.Seconds,
                ("p50", Quantile(0.5, Catalogue.ApiRequestDuration)),
                ("p95", Quantile(0.95, Catalogue.ApiRequestDuration)),
                ("p99", Quantile(0.99, Catalogue.ApiRequestDuration))),
            Lines("API latency p95 by route", "95 % of the requests of a route were answered within this time.",
                Unit.Seconds,
                ("{{method}} {{route}}", Quantile(0.95, Catalogue.ApiRequestDuration, "method, route"))),
            Stack("API requests by status", "Requests per second by HTTP status.", Unit.RequestsPerSecond,
                ("{{code}}", Rate(Catalogue.ApiRequestDuration.Part("_count"), "code"))),
            Lines("Watch streams", "Watches that are open, by silo.", Unit.Count,
                ("{{instance}}", Sum(Catalogue.ApiWatchers, "instance")))),
        new Row("Journal and Redis",
            Stack("Journal throughput", "Records made durable per second; for snapshots the states written.",
                Unit.PerSecond, ("{{operation}}", Rate(Catalogue.JournalAppends, "operation"))),
            Lines("Journal latency p99", "99 % of the batches of appends, or snapshots, were durable within this time.",
                Unit.Seconds, ("{{operation}}", Quantile(0.99, Catalogue.JournalAppendLatency, "operation"))),
            Lines("State sync latency p95",
                "Time until records were durable, in ms as the objective has it; the buckets end at 100.",
                Unit.Milliseconds,
                ("{{operation_type}}", Quantile(0.95, Catalogue.StateSyncLatencyMs, "operation_type"))),
            Lines("Storage in use", "Used part of what journals are kept in.", Unit.Ratio,
                ("{{store}} {{instance}}", Max(Catalogue.StorageUsed, "store, instance"))) with { Max = 1 },
            Lines("Redis clients", "Connections of all programs to Redis, and the most that it takes.", Unit.Count,
                ("connected", Max(Catalogue.RedisConnections)), ("limit", Max(Catalogue.RedisConnectionsMax))),
            Lines("Redis round trip", "Time of a PING from a silo to Redis and back.", Unit.Seconds,
                ("p50", Quantile(0.5, Catalogue.RedisRoundTrip)), ("p99", Quantile(0.99, Catalogue.RedisRoundTrip)))),
        new Row("Queue, deliveries, breakers",
            Stack("Queue depth by reason", "Runs that have not started.", Unit.Count,
                ("{{reason}}", Sum(Catalogue.QueueDepth, "reason"))),
            Lines("Outbox lag",
                "Age of the oldest fact that a flavor has recorded and not delivered, and where the alert fires.",
                Unit.Seconds,
                ("{{flavor}}", Max(Catalogue.OutboxLag, "flavor")), ("threshold", Max(Catalogue.OutboxLagThreshold))),
            Lines("Receivers set aside", "Runs and envelopes that do not take their facts.", Unit.Count,
                ("{{flavor}}", Sum(Catalogue.ReceiversSetAside, "flavor"))),
            Lines("Breakers", "1 while calls to a dependency fail fast.", Unit.Plain,
                ("{{dependency}} {{instance}}", Max(Catalogue.BreakerOpen, "dependency, instance"))) with { Max = 1 },
            Columns("Breaker openings", "Times that a breaker opened, after three failures in a row.", Unit.Count,
                ("{{dependency}}", Increase(Catalogue.BreakerOpened, "dependency"))),
            Columns("Retries by reason", "Attempts repeated after a failure, per minute.", Unit.PerMinute,
                ("{{component}} {{reason}}", $"60 * {Rate(Catalogue.Retries, "component, reason")}"))
                with { WhenEmpty = "no retries" }),
        new Row("Loops and clock",
            Lines("Loop duration p95", "95 % of the passes of a background loop took at most this long.",
                Unit.Seconds, ("{{loop}}", Quantile(0.95, Catalogue.ReconcileDuration, "loop"))),
            Lines("Time since a loop's last success",
                "A line that rises is a loop that stalls; an alert fires after ten minutes.", Unit.Seconds,
                ("{{loop}}", $"time() - {Max(Catalogue.LastSuccess, "loop")}")),
            Lines("Clock offset", "Time of the ledger minus a silo's wall clock; not 0 after the clock stepped.",
                Unit.Seconds, ("{{instance}}", Max(Catalogue.ClockOffset, "instance"))) with { Min = null },
            Lines("Certificates", "Time until a silo's certificates end; an alert fires a day before.", Unit.Seconds,
                ("{{instance}} {{certificate}}",
                    $"{Max(Catalogue.CertificateExpiry, "instance, certificate")} - time()"))),
        new Row("Ledger",
            Mark("Violations", "Broken invariants in the time range. Must be 0.",
                Counted(Catalogue.LedgerViolations)),
            Mark("Gaps", "Records missing from ledgers. Must be 0.", Sum(Catalogue.LedgerGaps)),
            Mark("Orphaned leases", "Open leases whose run is not live.", Sum(Catalogue.LeasesOrphaned)),
            Mark("Lost runs", "Acknowledged runs that their flavor does not know. Must be 0.", Sum(Catalogue.RunsLost)),
            Stat("Stale views", "Part of the flavors whose state was last read more than five minutes ago.", Unit.Ratio,
                Max(Catalogue.FlavorViewsStale)) with { Max = 1, Thresholds = new(0.05, 0.1) },
            Stat("Records", "Records of all ledgers.", Unit.Count, Sum(Catalogue.LedgerSequence))));

    private static string Requests(string where) => Rate(Catalogue.ApiRequestDuration.Part("_count"), where: where);

    private static Panel Mark(string title, string description, string query) =>
        Stat(title, description, Unit.Count, query) with { Thresholds = new(1, 1.01) };
}
