using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Jobtree.Telemetry;

/// <content>What a host reports about its loops, retries, executor, stores and breakers.</content>
public sealed partial class FleetMetrics
{
    private readonly ConcurrentDictionary<string, Breaker> breakers = new(StringComparer.Ordinal);
    private readonly HostInstruments host;

    /// <summary>
    /// The breaker of a dependency of this host. From the first call on, the metrics show it: closed, never opened.
    /// </summary>
    /// <param name="dependency">The dependency in metrics: <c>redis</c>, <c>disk</c>, <c>history</c>, <c>executor</c>
    /// or <c>otlp</c>.</param>
    public Breaker BreakerOf(string dependency) => breakers.GetOrAdd(dependency, static name => new Breaker(name));

    /// <summary>A background loop has ended one pass.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="elapsed">How long the pass took.</param>
    /// <param name="succeededAt">When it ended; absent: the pass failed.</param>
    public void Passed(string loop, TimeSpan elapsed, DateTimeOffset? succeededAt)
    {
        Record(host.Passes, elapsed.TotalSeconds, new KeyValuePair<string, object?>("loop", loop));
        if (succeededAt is { } at)
            Succeeded(loop, at);
    }

    /// <summary>An attempt is repeated after a failure.</summary>
    /// <param name="component">The component that repeats it, such as <c>journal</c> or <c>outbox</c>.</param>
    /// <param name="reason">The kind of failure: from a bounded set of words, never a message.</param>
    public void Retried(string component, string reason) =>
        Count(host.Retries, 1, new("component", component), new("reason", reason));

    /// <summary>An executor was given an order.</summary>
    /// <param name="order"><c>start</c>, <c>resize</c> or <c>stop</c>.</param>
    /// <param name="taken">Whether the executor took it.</param>
    /// <param name="elapsed">The time from the order until then; not recorded for an order that failed.</param>
    public void Ordered(string order, bool taken, TimeSpan elapsed)
    {
        Count(host.Orders, 1, new("order", order), new("outcome", taken ? "ok" : "failed"));
        if (taken)
            Record(host.OrderTimes, elapsed.TotalSeconds, new KeyValuePair<string, object?>("order", order));
    }

    /// <summary>This host has an executor: the counters of its orders are there from now on, at 0.</summary>
    public void ShowOrders()
    {
        foreach (var order in (string[])["start", "stop"])
        foreach (var outcome in (string[])["ok", "failed"])
            Count(host.Orders, 0, new("order", order), new("outcome", outcome));
    }

    /// <summary>Redis answered a PING.</summary>
    /// <param name="elapsed">The time of the round trip.</param>
    public void RedisAnswered(TimeSpan elapsed) => Record(host.RoundTrips, elapsed.TotalSeconds);

    private void ObserveBreakers()
    {
        Observe(Catalogue.BreakerOpen, () => breakers.Values.Select(
            static breaker => Catalogue.BreakerOpen.Measure(breaker.IsOpen ? 1 : 0, breaker.Dependency)));
        Observe(Catalogue.BreakerOpened, () => breakers.Values.Select(
            static breaker => Catalogue.BreakerOpened.Measure(breaker.Openings, breaker.Dependency)));
    }

    /// <summary>The instruments of this part.</summary>
    private sealed class HostInstruments(FleetMetrics metrics)
    {
        public Histogram<double> Passes { get; } = metrics.Histogram(Catalogue.ReconcileDuration);

        public Counter<long> Retries { get; } = metrics.Counter(Catalogue.Retries);

        public Counter<long> Orders { get; } = metrics.Counter(Catalogue.ExecutorOrders);

        public Histogram<double> OrderTimes { get; } = metrics.Histogram(Catalogue.ExecutorOrderDuration);

        public Histogram<double> RoundTrips { get; } = metrics.Histogram(Catalogue.RedisRoundTrip);

        public Histogram<double> Syncs { get; } = metrics.Histogram(Catalogue.StateSyncLatencyMs);
    }
}
