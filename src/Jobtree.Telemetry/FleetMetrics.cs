using System.Diagnostics.Metrics;
using System.Globalization;

namespace Jobtree.Telemetry;

/// <summary>
/// What the parts of a host report as it happens, in their own words, on the meter <see cref="MeterName"/>. Safe from
/// any thread. Reporting never throws: a listener's fault must not reach the journal or a grain.
/// </summary>
public sealed class FleetMetrics
{
    /// <summary>The name of the meter that has all instruments of the catalogue.</summary>
    public const string MeterName = "Jobtree";

    private readonly Meter meter;
    private readonly Histogram<double> admissions;
    private readonly Histogram<double> forecasts;
    private readonly Histogram<double> forecastErrors;
    private readonly Histogram<double> appendBatches;
    private readonly Counter<long> appends;
    private readonly Histogram<double> runs;
    private readonly Counter<long> runsFinished;
    private readonly Histogram<double> requests;
    private readonly Histogram<double> grainCalls;
    private readonly Counter<long> violations;
    private readonly Counter<long> errors;
    private readonly Gauge<double> successes;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Makes the meter, which lives as long as it.</param>
    public FleetMetrics(IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        admissions = Histogram(Catalogue.AdmissionLatency);
        forecasts = Histogram(Catalogue.ForecastLatency);
        forecastErrors = Histogram(Catalogue.ForecastError);
        appendBatches = Histogram(Catalogue.JournalAppendLatency);
        appends = Counter(Catalogue.JournalAppends);
        runs = Histogram(Catalogue.RunDuration);
        runsFinished = Counter(Catalogue.RunsFinished);
        requests = Histogram(Catalogue.ApiRequestDuration);
        grainCalls = Histogram(Catalogue.GrainCallDuration);
        violations = Counter(Catalogue.LedgerViolations);
        errors = Counter(Catalogue.Errors);
        var success = Catalogue.LastSuccess;
        successes = meter.CreateGauge<double>(success.InstrumentName, success.InstrumentUnit, success.Help);
        ProcessSeries.ObserveBy(this);
    }

    /// <summary>Has a counter or gauge of the catalogue read whenever the metrics are collected.</summary>
    /// <param name="metric">Which.</param>
    /// <param name="read">Reads its values; it must be quick and not wait.</param>
    public void Observe(MetricDefinition metric, Func<IEnumerable<Measurement<double>>> read)
    {
        if (metric.Type == MetricType.Counter)
            meter.CreateObservableCounter(metric.InstrumentName, read, metric.InstrumentUnit, metric.Help);
        else
            meter.CreateObservableGauge(metric.InstrumentName, read, metric.InstrumentUnit, metric.Help);
    }

    /// <summary>A run was decided.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="result"><c>bound</c>, <c>reserved</c>, <c>waiting</c> or <c>error</c>.</param>
    /// <param name="elapsed">From its arrival to the decision.</param>
    public void Admitted(string flavor, string result, TimeSpan elapsed) =>
        Record(admissions, elapsed.TotalSeconds, new("flavor", flavor), new("result", result));

    /// <summary>A flavor's queue was forecast.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="elapsed">How long that took.</param>
    public void Forecast(string flavor, TimeSpan elapsed) =>
        Record(forecasts, elapsed.TotalSeconds, new KeyValuePair<string, object?>("flavor", flavor));

    /// <summary>A run started that had waited.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="late">Actual minus forecast start; negative: it was early.</param>
    public void Started(string flavor, TimeSpan late) =>
        Record(forecastErrors, late.TotalSeconds, new KeyValuePair<string, object?>("flavor", flavor));

    /// <summary>A batch was appended to the journal, or a snapshot written beside it.</summary>
    /// <param name="host">The host's kind, such as <c>silo</c>.</param>
    /// <param name="operation">What was done, such as <c>append</c> or <c>snapshot</c>.</param>
    /// <param name="elapsed">Until it was durable.</param>
    /// <param name="records">How many records it held; of a snapshot, how many states.</param>
    public void Appended(string host, string operation, TimeSpan elapsed, long records)
    {
        Record(appendBatches, elapsed.TotalSeconds, new("host", host), new("operation", operation));
        Count(appends, records, new("host", host), new("operation", operation));
    }

    /// <summary>A run ended.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="status"><c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</param>
    /// <param name="duration">From its last start; absent when it never started.</param>
    public void Finished(string flavor, string status, TimeSpan? duration)
    {
        Count(runsFinished, 1, new("flavor", flavor), new("status", status));
        if (duration is { } lasted)
            Record(runs, lasted.TotalSeconds, new("flavor", flavor), new("status", status));
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

    /// <summary>An audit found broken invariants.</summary>
    /// <param name="invariant">The invariant's number.</param>
    /// <param name="count">How many times.</param>
    public void Violated(int invariant, int count = 1) =>
        Count(violations, count, new KeyValuePair<string, object?>(
            "invariant", invariant.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Something went wrong.</summary>
    /// <param name="component">Who met it, such as <c>api</c> or <c>journal</c>.</param>
    /// <param name="errorType">What it was: a bounded set of words, never a message.</param>
    /// <param name="severity"><c>warning</c>, <c>error</c> or <c>critical</c>.</param>
    public void Failed(string component, string errorType, string severity = "error") =>
        Count(errors, 1, new("component", component), new("error_type", errorType), new("severity", severity));

    /// <summary>A loop went through.</summary>
    /// <param name="loop">Which.</param>
    /// <param name="at">When.</param>
    public void Succeeded(string loop, DateTimeOffset at)
    {
        try
        {
            successes.Record(at.ToUnixTimeMilliseconds() / 1000.0, new KeyValuePair<string, object?>("loop", loop));
        }
        catch (Exception)
        {
            // The listener's fault, not the reporter's.
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
            // The listener's fault, not the reporter's.
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
            // The listener's fault, not the reporter's.
        }
    }

    private Counter<long> Counter(MetricDefinition metric) =>
        meter.CreateCounter<long>(metric.InstrumentName, metric.InstrumentUnit, metric.Help);

    private Histogram<double> Histogram(MetricDefinition metric) =>
        meter.CreateHistogram(metric.InstrumentName, metric.InstrumentUnit, metric.Help, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = metric.Buckets });
}
