using System.Globalization;

namespace Jobtree.Telemetry;

/// <summary>What the parts of a host report as it happens, in their own words. Safe from any thread.</summary>
/// <param name="registry">Where it is counted.</param>
public sealed class FleetMetrics(MetricRegistry registry)
{
    private readonly Histogram admissions = registry.Histogram(Catalogue.AdmissionLatency);
    private readonly Histogram forecasts = registry.Histogram(Catalogue.ForecastLatency);
    private readonly Histogram appendBatches = registry.Histogram(Catalogue.JournalAppendLatency);
    private readonly Counter appends = registry.Counter(Catalogue.JournalAppends);
    private readonly Histogram runs = registry.Histogram(Catalogue.RunDuration);
    private readonly Counter runsFinished = registry.Counter(Catalogue.RunsFinished);
    private readonly Histogram requests = registry.Histogram(Catalogue.ApiRequestDuration);
    private readonly GaugeSeries watchers = registry.Gauge(Catalogue.ApiWatchers).With();
    private readonly Counter violations = registry.Counter(Catalogue.LedgerViolations);
    private readonly Counter errors = registry.Counter(Catalogue.Errors);
    private readonly Gauge successes = registry.Gauge(Catalogue.LastSuccess);

    /// <summary>The values behind it.</summary>
    public MetricRegistry Registry => registry;

    /// <summary>A run was decided.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="result"><c>bound</c>, <c>reserved</c>, <c>waiting</c> or <c>error</c>.</param>
    /// <param name="elapsed">From its arrival to the decision.</param>
    public void Admitted(string flavor, string result, TimeSpan elapsed) =>
        admissions.With(flavor, result).Observe(elapsed);

    /// <summary>A flavor's queue was forecast.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="elapsed">How long that took.</param>
    public void Forecast(string flavor, TimeSpan elapsed) => forecasts.With(flavor).Observe(elapsed);

    /// <summary>A batch was appended to the journal, or a snapshot written beside it.</summary>
    /// <param name="host">The host's kind, such as <c>silo</c>.</param>
    /// <param name="operation">What was done, such as <c>append</c> or <c>snapshot</c>.</param>
    /// <param name="elapsed">Until it was durable.</param>
    /// <param name="records">How many records it held; of a snapshot, how many states.</param>
    public void Appended(string host, string operation, TimeSpan elapsed, long records)
    {
        appendBatches.With(host, operation).Observe(elapsed);
        appends.With(host, operation).Add(records);
    }

    /// <summary>A run ended.</summary>
    /// <param name="flavor">Its flavor.</param>
    /// <param name="status"><c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</param>
    /// <param name="duration">From its last start; absent when it never started.</param>
    public void Finished(string flavor, string status, TimeSpan? duration)
    {
        runsFinished.With(flavor, status).Add();
        if (duration is { } lasted)
            runs.With(flavor, status).Observe(lasted);
    }

    /// <summary>An API request was answered.</summary>
    /// <param name="route">The route's pattern, never the path itself.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="code">The HTTP status code.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Answered(string route, string method, int code, TimeSpan elapsed) =>
        requests.With(route, method, code == 200 ? "200" : code.ToString(CultureInfo.InvariantCulture)).Observe(
            elapsed);

    /// <summary>A watch stream began, or ended.</summary>
    /// <param name="change">1 or -1.</param>
    public void Watching(int change) => watchers.Add(change);

    /// <summary>An audit found broken invariants.</summary>
    /// <param name="invariant">The invariant's number.</param>
    /// <param name="count">How many times.</param>
    public void Violated(int invariant, int count = 1) =>
        violations.With(invariant.ToString(CultureInfo.InvariantCulture)).Add(count);

    /// <summary>Something went wrong.</summary>
    /// <param name="component">Who met it, such as <c>api</c> or <c>journal</c>.</param>
    /// <param name="errorType">What it was: a bounded set of words, never a message.</param>
    /// <param name="severity"><c>warning</c>, <c>error</c> or <c>critical</c>.</param>
    public void Failed(string component, string errorType, string severity = "error") =>
        errors.With(component, errorType, severity).Add();

    /// <summary>A loop went through.</summary>
    /// <param name="loop">Which.</param>
    /// <param name="at">When.</param>
    public void Succeeded(string loop, DateTimeOffset at) =>
        successes.With(loop).Set(at.ToUnixTimeMilliseconds() / 1000.0);
}
