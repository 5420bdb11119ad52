using System.Collections;
using System.Diagnostics.Metrics;
using Jobtree.Api.Observing;
using Jobtree.Silo.Commands;
using Jobtree.Telemetry;
using Jobtree.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// What a silo exports through OpenTelemetry: metrics on its page, and, if the configuration file or a standard
/// variable names a target, traces through API and grains. Tracing costs nothing without a target; a run's own trace
/// parent is part of its submission in either case.
/// </summary>
internal static class SiloTelemetry
{
    private const string VariablePrefix = "OTEL_";
    private const string ServiceName = "jobtree-silo";
    private const string OrleansSource = "Microsoft.Orleans.Application";

    /// <summary>
    /// The most envelope series in a silo's lifetime. Envelopes come and go, but the exporter never frees a series. The
    /// page shows <see cref="EnvelopeRows.RowsMaxDefault"/> at a time.
    /// </summary>
    private const int BudgetSeriesInLifeMax = 20_000;

    /// <summary>The most series of one library instrument, so that no library can exhaust the memory.</summary>
    private const int LibrarySeriesMax = 500;

    private static readonly HashSet<string> Unlabelled =
        [.. Catalogue.All.Where(metric => metric.Labels.Count == 0).Select(metric => metric.InstrumentName)];

    /// <summary>Where spans go; null: nowhere, and none are made.</summary>
    public static TraceTarget? TargetOf(TelemetrySettings settings) =>
        settings.Endpoint ?? TraceTarget.Of(Environment.GetEnvironmentVariable);

    /// <summary>Adds the exporters. They start before the silo, so they see every change up and down.</summary>
    public static void AddTelemetry(this WebApplicationBuilder host, string serviceId, TelemetrySettings settings)
    {
        // Of the environment, the host reads only the standard OpenTelemetry variables.
        host.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith(VariablePrefix, StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value)));
        var target = TargetOf(settings);
        var name = TraceExport.NameOf(settings.ServiceName, ServiceName, Environment.GetEnvironmentVariable);
        var telemetry = host.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name, serviceId))
            .WithMetrics(metrics => AddMetrics(metrics, hasTraces: target is not null));
        if (target is not null)
            telemetry.WithTracing(traces => AddTraces(traces, target, settings.Sampling ?? new Sampling()));
        host.Services.AddSingleton<ReportedSeries>().AddSingleton<IMetricsPage, PrometheusPage>();
    }

    private static void AddMetrics(MeterProviderBuilder metrics, bool hasTraces)
    {
        metrics.AddMeter(FleetMetrics.MeterName, "Microsoft.Orleans", "System.Runtime").AddView(View);
        // An exemplar refers to a trace; without a target there are none.
        if (hasTraces)
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
        if (instrument.Name == Catalogue.BudgetGpus.InstrumentName
            || instrument.Name == Catalogue.BudgetGpuSeconds.InstrumentName)
            return new MetricStreamConfiguration { CardinalityLimit = BudgetSeriesInLifeMax };
        // The exporter takes the memory of all series that an instrument may have at once.
        return Unlabelled.Contains(instrument.Name) ? new MetricStreamConfiguration { CardinalityLimit = 1 } : null;
    }

    private static void AddTraces(TracerProviderBuilder traces, TraceTarget target, Sampling sampling)
    {
        // Requests are named by method and route, and have the attributes of the standard.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        traces.AddSource(OrleansSource, "Microsoft.AspNetCore", Spans.SourceName);
        if (!TraceExport.HasStandardSampler)
        {
            traces.SetSampler(new RuleSampler(sampling));
            if (sampling.Rules.Values.Any(share => share > 0))
                traces.AddInstrumentation(() => new UnrecordedTraces(OrleansSource));
        }
        traces.AddExporter(target, Console.Out);
        AddBreaker(traces);
    }

    /// <summary>Puts the breaker between the exporter and its collector.</summary>
    private static void AddBreaker(TracerProviderBuilder traces) =>
        traces.ConfigureServices(services => services.AddSingleton<CollectorBreaker>()
            .AddOptions<OtlpExporterOptions>().Configure<CollectorBreaker>((options, breaker) =>
                options.HttpClientFactory =
                    () => breaker.CreateClient(TimeSpan.FromMilliseconds(options.TimeoutMilliseconds))));
}
