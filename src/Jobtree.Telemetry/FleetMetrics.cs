using System.Diagnostics.Metrics;
using System.Globalization;

namespace Jobtree.Telemetry;

/// <summary>
/// Records what the parts of a host report as it happens, in their own terms, on the meter <see cref="MeterName"/>.
/// Thread-safe. Reporting never throws: a listener's fault must not reach the journal or a grain.
/// </summary>
public sealed partial class FleetMetrics
{
    /// <summary>The name of the meter with all instruments of the catalogue.</summary>
    public const string MeterName = "Jobtree";

    private readonly Meter meter;
    private readonly Histogram<double> forecasts;
    private readonly Histogram<double> forecastErrors;
    private readonly Histogram<double> appendBatches;
    private readonly Counter<long> appends;
    private readonly Histogram<double> requests;
    private readonly Histogram<double> grainCalls;
    private readonly Counter<long> errors;
    private readonly Gauge<double> successes;
    private readonly Counter<long> telemetryDropped;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Creates the meter, which lives as long as the factory.</param>
    public FleetMetrics(IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        forecasts = Histogram(Catalogue.ForecastLatency);
        forecastErrors = Histogram(Catalogue.ForecastError);
        appendBatches = Histogram(Catalogue.JournalAppendLatency);
        appends = Counter(Catalogue.JournalAppends);
        requests = Histogram(Catalogue.ApiRequestDuration);
        grainCalls = Histogram(Catalogue.GrainCallDuration);
        errors = Counter(Catalogue.Errors);
        telemetryDropped = Counter(Catalogue.TelemetryDropped);
        var success = Catalogue.LastSuccess;
        successes = meter.CreateGauge<double>(success.InstrumentName, success.InstrumentUnit, success.Help);
        fleet = new FleetInstruments(this);
        host = new HostInstruments(this);
        ObserveBreakers();
        ProcessSeries.ObserveBy(this);
    }

    /// <summary>Registers a counter or gauge of the catalogue to be read whenever the metrics are collected.</summary>
    /// <param name="metric">The counter or gauge.</param>
    /// <param name="read">Reads the values; it must be quick and must not wait.</param>
    public void Observe(MetricDefinition metric, Func<IEnumerable<Measurement<double>>> read)
    {
        if (metric.Type == MetricType.Counter)
            meter.CreateObservableCounter(metric.InstrumentName, read, metric.InstrumentUnit, metric.Help);
        else
            meter.CreateObservableGauge(metric.InstrumentName, read, metric.InstrumentUnit, metric.Help);
    }

    /// <summary>A flavor's queue was forecast.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="elapsed">How long the forecast took.</param>
    public void Forecast(string flavor, TimeSpan elapsed) =>
        Record(forecasts, elapsed.TotalSeconds, new KeyValuePair<string, object?>("flavor", flavor));

    /// <summary>A run that had waited started.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="late">Actual minus forecast start; negative: early.</param>
    public void Started(string flavor, TimeSpan late) =>
        Record(forecastErrors, late.TotalSeconds, new KeyValuePair<string, object?>("flavor", flavor));

    /// <summary>A batch was appended to the journal, or a snapshot written beside it.</summary>
    /// <param name="hostKind">The host's kind, such as <c>silo</c>.</param>
    /// <param name="operation">What was done, such as <c>append</c> or <c>snapshot</c>.</param>
    /// <param name="elapsed">The time until it was durable.</param>
    /// <param name="records">The number of records in the batch; for a snapshot, the number of states.</param>
    public void Appended(string hostKind, string operation, TimeSpan elapsed, long records)
    {
        Record(appendBatches, elapsed.TotalSeconds, new("host", hostKind), new("operation", operation));
        Record(host.Syncs, elapsed.TotalMilliseconds,
            new KeyValuePair<string, object?>("operation_type", operation));
        Count(appends, records, new("host", hostKind), new("operation", operation));
    }

    /// <summary>An API request was answered.</summary>
    /// <param name="route">The route's pattern, never the path itself.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="code">The HTTP status code.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Answered(string route, string method, int code, TimeSpan elapsed) =>
        Record(requests, elapsed.TotalSeconds, new("route", route), new("method", method),
            new("code", code == 200 ? "200" : code.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A grain of this host answered a call.</summary>
    /// <param name="grain">The type of grain.</param>
    /// <param name="method">The method.</param>
    /// <param name="outcome"><c>ok</c>, <c>unavailable</c> or <c>error</c>.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Called(string grain, string method, string outcome, TimeSpan elapsed) =>
        Record(grainCalls, elapsed.TotalSeconds, new("grain", grain), new("method", method),
            new("outcome", outcome));

    /// <summary>Something went wrong.</summary>
    /// <param name="component">The component that met it, such as <c>api</c> or <c>journal</c>.</param>
    /// <param name="errorType">The kind of error: from a bounded set of words, never a message.</param>
    /// <param name="severity"><c>warning</c>, <c>error</c> or <c>critical</c>.</param>
    public void Failed(string component, string errorType, string severity = "error") =>
        Count(errors, 1, new("component", component), new("error_type", errorType), new("severity", severity));

    /// <summary>Reported telemetry was not taken.</summary>
    /// <param name="source"><c>run</c> or <c>line</c>.</param>
    /// <param name="reason">Why: from a bounded set of words.</param>
    /// <param name="count">How many.</param>
    public void TelemetryNotTaken(string source, string reason, int count = 1) =>
        Count(telemetryDropped, count, new("source", source), new("reason", reason));

    /// <summary>A loop completed successfully.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="at">The time of completion.</param>
    public void Succeeded(string loop, DateTimeOffset at)
    {
        try
        {
            successes.Record(at.ToUnixTimeMilliseconds() / 1000.0, new KeyValuePair<string, object?>("loop", loop));
        }
        catch (Exception)
        {
            // A listener's fault must not reach the reporter.
        }
    }

    private static void Record(
        Histogram<double> histogram, double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception)
        {
            // A listener's fault must not reach the reporter.
        }
    }

    private static void Count(
        Counter<long> counter, long amount, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(amount, tags);
        }
        catch (Exception)
        {
            // A listener's fault must not reach the reporter.
        }
    }

    private Counter<long> Counter(MetricDefinition metric) =>
        meter.CreateCounter<long>(metric.InstrumentName, metric.InstrumentUnit, metric.Help);

    private Histogram<double> Histogram(MetricDefinition metric) =>
        meter.CreateHistogram(metric.InstrumentName, metric.InstrumentUnit, metric.Help, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = metric.Buckets });
}
