using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>Grains by type, and what Orleans and .NET do under them.</summary>
internal static class Grains
{
    private const string OfJobtree = "grain_type!~'sys[.].*'";

    public static Dashboard Make() => new(
        "grains", "Jobtree / Grains",
        "Grains by type: activations, calls, latency, errors; and Orleans' membership, placement and directory, and "
            + ".NET's garbage collector under them.",
        new Row("Now",
            Stat("Grains in memory", "Activations of all types but Orleans' own services.", Unit.Count,
                Sum("orleans_grains")),
            Stat("Grain calls", "Calls per second of all types.", Unit.PerSecond, Calls("")),
            Stat("Grain call p95", "95 % of the calls were answered within this time.", Unit.Seconds,
                Quantile(0.95, Catalogue.GrainCallDuration)),
            Stat("Failed calls", "Calls per second that failed or found something away.", Unit.PerSecond,
                OrZero(Calls("outcome!='ok'"))) with { Thresholds = new(0.1, 1) },
            Stat("Silos in the ring", "Members of the cluster as the silos see them.", Unit.Count,
                Max("orleans_consistent_ring_size")),
            Gauge("Time in collections", "Part of the time in which the garbage collector paused the worst silo.",
                $"max({Rate("dotnet_gc_pause_time_seconds_total", "instance")})") with { Thresholds = new(0.05, 0.2) }),
        new Row("Grains by type",
            Stack("Activations", "Grains in memory.", Unit.Count,
                ("{{grain_type}}", Sum("orleans_grains", "grain_type"))),
            Stack("Calls", "Calls per second, Orleans' own services left out.", Unit.PerSecond,
                ("{{grain}}", Rate(Catalogue.GrainCallDuration.Part("_count"), "grain"))),
            Columns("Errors", "Calls per second that did not succeed. Unavailable: a store or another silo was away.",
                Unit.PerSecond,
                ("{{grain}} {{outcome}}",
                    Rate(Catalogue.GrainCallDuration.Part("_count"), "grain, outcome", "outcome!='ok'")))
                with { WhenEmpty = "no errors" },
            Lines("Latency p50", "Half of the calls to a type were answered within this time.", Unit.Seconds,
                ("{{grain}}", Quantile(0.5, Catalogue.GrainCallDuration, "grain"))),
            Lines("Latency p95", "95 % of the calls to a type were answered within this time.", Unit.Seconds,
                ("{{grain}}", Quantile(0.95, Catalogue.GrainCallDuration, "grain"))),
            HeatMap("Latency distribution", "Calls of all types by their latency.", Unit.Seconds,
                Heat(Catalogue.GrainCallDuration))),
        new Row("Methods",
            Table("Busiest methods", "Calls per second of the twenty busiest methods.", Unit.PerSecond,
                ("calls", $"topk(20, {Rate(Catalogue.GrainCallDuration.Part("_count"), "grain, method")})")),
            Table("Slowest methods", "Mean time of the twenty slowest methods.", Unit.Seconds,
                ("mean", $"topk(20, {Average(Catalogue.GrainCallDuration, "grain, method")} >= 0)"))),
        new Row("Placement",
            Stack("Activations created", "Grains that were placed and activated, per second.", Unit.PerSecond,
                ("{{grain_type}}", Rate("orleans_catalog_activation_created_total", "grain_type", OfJobtree))),
            Lines("Activation latency", "Mean time to activate a grain: its journal is read then.", Unit.Milliseconds,
                ("{{grain_type}}", Average("orleans_catalog_activation_latency_milliseconds", "grain_type"))),
            Stack("Grains by silo", "How the grains are spread over the silos.", Unit.Count,
                ("{{instance}}", Sum("orleans_grains", "instance"))),
            Lines("Directory lookups", "Lookups of grains per second: in the cache, here, on another silo.",
                Unit.PerSecond,
                ("cache", Rate("orleans_directory_lookups_cache_issued_total")),
                ("local", Rate("orleans_directory_lookups_local_issued_total")),
                ("remote", Rate("orleans_directory_lookups_remote_sent_total"))),
            Lines("Directory cache hits", "Part of the lookups that the cache answered.", Unit.Ratio,
                ("{{instance}}", Rate("orleans_directory_lookups_cache_successes_total", "instance") + " / "
                    + Rate("orleans_directory_lookups_cache_issued_total", "instance"))) with { Max = 1 },
            Lines("Reminders", "Reminders that silos look after.", Unit.Count,
                ("{{instance}}", Sum("orleans_reminders_active", "instance")))),
        new Row("Membership and messages",
            Lines("Ring size", "Members of the cluster as each silo sees them; lines that differ are a split view.",
                Unit.Count, ("{{instance}}", Max("orleans_consistent_ring_size", "instance"))),
            Lines("Probes", "Pings between silos per second. In a healthy cluster each is answered; one silo has none.",
                Unit.PerSecond,
                ("sent", Rate("orleans_messaging_pings_sent_total")),
                ("answered", Rate("orleans_messaging_pings_reply_received_total"))),
            Lines("Orleans request latency",
                "Time of requests between grains as callers see it; reads of a stream wait up to 10 s in it.",
                Unit.Milliseconds,
                ("p50", Quantile(0.5, "orleans_app_requests_latency_milliseconds")),
                ("p95", Quantile(0.95, "orleans_app_requests_latency_milliseconds"))),
            Stack("Messages within a silo", "Messages per second that stayed on their silo.", Unit.PerSecond,
                ("{{instance}}", Rate("orleans_messaging_sent_local_total", "instance"))),
            Stack("Messages between silos", "Messages per second that a silo sent to others. Empty with one silo.",
                Unit.PerSecond,
                ("{{instance}}", Rate("orleans_messaging_sent_messages_size_bytes_count", "instance"))),
            Lines("Directory entries", "Grains whose place a silo keeps for all; even with several silos.", Unit.Count,
                ("{{instance}}", Sum("orleans_directory_partition_size", "instance")))),
        new Row("Garbage collector and threads",
            Stack("Heap by generation", "Size after the last collection.", Unit.Bytes,
                ("{{gc_heap_generation}}", Sum("dotnet_gc_last_collection_heap_size_bytes", "gc_heap_generation"))),
            Lines("Allocation", "Bytes allocated per second.", Unit.BytesPerSecond,
                ("{{instance}}", Rate("dotnet_gc_heap_total_allocated_bytes_total", "instance"))),
            Columns("Collections", "Collections per minute by generation; gen2 are the long ones.", Unit.PerMinute,
                ("{{gc_heap_generation}}", $"60 * {Rate("dotnet_gc_collections_total", "gc_heap_generation")}")),
            Lines("Pauses", "Part of the time in which the garbage collector paused a silo.", Unit.Ratio,
                ("{{instance}}", Rate("dotnet_gc_pause_time_seconds_total", "instance"))),
            Lines("Thread pool queue",
                "Work that waits for a thread: more than 0 for long means that grains wait. The exporter calls this "
                    + "gauge a counter.",
                Unit.Count, ("{{instance}}", Sum("dotnet_thread_pool_queue_length_total", "instance"))),
            Lines("Lock contention", "Times per second that a thread had to wait for a lock.", Unit.PerSecond,
                ("{{instance}}", Rate("dotnet_monitor_lock_contentions_total", "instance")))));

    private static string Calls(string where) => Rate(Catalogue.GrainCallDuration.Part("_count"), where: where);
}
