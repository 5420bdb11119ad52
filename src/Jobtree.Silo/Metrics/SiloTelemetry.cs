using System.Collections;
using System.Diagnostics.Metrics;
using Jobtree.Api.Observing;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// What a silo exports through OpenTelemetry: metrics on its page, and, if <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a
/// collector, traces through API and grains. Tracing costs nothing without a collector; a run's own trace parent is
/// part of its submission in either case.
/// </summary>
internal static class SiloTelemetry
{
    private const string VariablePrefix = "OTEL_";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Sampler = "OTEL_TRACES_SAMPLER";
    private const double SampledByDefault = 0.1;

    /// <summary>
    /// The most envelope series in a silo's lifetime. Envelopes come and go, but the exporter never frees a series. The
    /// page shows <see cref="EnvelopeRows.RowsMaxDefault"/> at a time.
    /// </summary>
    private const int BudgetSeriesInLifeMax = 20_000;

    /// <summary>The most series of one library instrument, so that no library can exhaust the memory.</summary>
    private const int LibrarySeriesMax = 500;

    /// <summary>Whether a collector is configured.</summary>
    public static bool HasCollector => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(Endpoint));

    /// <summary>Adds the exporters. They start before the silo, so they see every change up and down.</summary>
    public static void AddTelemetry(this WebApplicationBuilder host, string serviceId)
    {
        // Of the environment, the host reads only the standard OpenTelemetry variables.
        host.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith(VariablePrefix, StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value)));
        var telemetry = host.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("jobtree-silo", serviceId))
            .WithMetrics(AddMetrics);
        if (HasCollector)
            telemetry.WithTracing(AddTraces);
        host.Services.AddSingleton<IMetricsPage, PrometheusPage>();
    }

    private static void AddMetrics(MeterProviderBuilder metrics)
    {
        metrics.AddMeter(FleetMetrics.MeterName, "Microsoft.Orleans", "System.Runtime").AddView(View);
        // An exemplar refers to a trace; without a collector there are none.
        if (HasCollector)
            metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
        metrics.AddPrometheusExporter(exporter =>
        {
            exporter.ScopeInfoEnabled = false;
            // The fleet is queried at every scrape; a cached response would only be stale.
            exporter.ScrapeResponseCacheDurationMilliseconds = 0;
        });
    }

    private static MetricStreamConfiguration? View(Instrument instrument)
    {
        if (instrument.Meter.Name != FleetMetrics.MeterName)
            return new MetricStreamConfiguration { CardinalityLimit = LibrarySeriesMax };
        var isOfBudgets = instrument.Name == Catalogue.BudgetGpus.InstrumentName
            || instrument.Name == Catalogue.BudgetGpuSeconds.InstrumentName;
        return isOfBudgets ? new MetricStreamConfiguration { CardinalityLimit = BudgetSeriesInLifeMax } : null;
    }

    private static void AddTraces(TracerProviderBuilder traces)
    {
        traces.AddSource("Microsoft.Orleans.Application", "Microsoft.AspNetCore", "Jobtree*");
        // The caller's sampling decision applies. Of traces that begin here a tenth is sampled, unless the standard
        // variable overrides it.
        if (Environment.GetEnvironmentVariable(Sampler) is null)
            traces.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(SampledByDefault)));
        traces.AddOtlpExporter();
    }
}
