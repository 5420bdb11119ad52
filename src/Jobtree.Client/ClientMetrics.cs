using System.Diagnostics.Metrics;
using Jobtree.Telemetry;

namespace Jobtree.Client;

/// <summary>Reports the client's calls on the meter <see cref="JobtreeMetrics.MeterName"/>.</summary>
internal sealed class ClientMetrics
{
    private readonly Meter meter;
    private readonly TimeProvider time;
    private readonly Counter<long> requests;
    private readonly Histogram<double> durations;
    private readonly UpDownCounter<long> inProgress;
    private readonly Counter<long> retries;
    private readonly Gauge<double> lastSuccess;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Creates the meter.</param>
    /// <param name="time">The clock.</param>
    public ClientMetrics(IMeterFactory meters, TimeProvider time)
    {
        this.time = time;
        meter = meters.Create(JobtreeMetrics.MeterName);
        requests = Counter(Catalogue.SdkRequests);
        retries = Counter(Catalogue.SdkRetries);
        var duration = Catalogue.SdkRequestDuration;
        durations = meter.CreateHistogram(duration.InstrumentName, duration.InstrumentUnit, duration.Help, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = duration.Buckets });
        var waiting = Catalogue.SdkRequestsInProgress;
        inProgress = meter.CreateUpDownCounter<long>(waiting.InstrumentName, waiting.InstrumentUnit, waiting.Help);
        var success = Catalogue.SdkLastSuccess;
        lastSuccess = meter.CreateGauge<double>(success.InstrumentName, success.InstrumentUnit, success.Help);
    }

    /// <summary>A call was made.</summary>
    public void Began(string operation) => inProgress.Add(1, Tag("operation", operation));

    /// <summary>A call no longer waits: it was answered, or its caller has stopped waiting.</summary>
    public void Ended(string operation) => inProgress.Add(-1, Tag("operation", operation));

    /// <summary>A call was answered.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="refusal">The code of the refusal; absent: the call succeeded.</param>
    /// <param name="elapsed">The time from the call to its answer.</param>
    public void Answered(string operation, string? refusal, TimeSpan elapsed)
    {
        var (of, with) = (Tag("operation", operation), Tag("outcome", refusal ?? "ok"));
        requests.Add(1, of, with);
        durations.Record(elapsed.TotalSeconds, of, with);
        if (refusal is null)
            lastSuccess.Record(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, of);
    }

    /// <summary>A call is sent again.</summary>
    public void Repeated(string operation) => retries.Add(1, Tag("operation", operation));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private Counter<long> Counter(MetricDefinition metric) =>
        meter.CreateCounter<long>(metric.InstrumentName, metric.InstrumentUnit, metric.Help);
}
