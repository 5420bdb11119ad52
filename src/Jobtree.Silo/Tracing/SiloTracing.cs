using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Jobtree.Silo.Tracing;

/// <summary>
/// Traces through API and grains, sent to an OpenTelemetry collector when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one.
/// Without, no call pays for them: a run's own trace parent travels in its submission either way.
/// </summary>
internal static class SiloTracing
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Sampler = "OTEL_TRACES_SAMPLER";
    private const double SampledByDefault = 0.1;

    /// <summary>Whether a collector is named.</summary>
    public static bool IsOn => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(Endpoint));

    /// <summary>Adds the traces of a silo, when a collector is named.</summary>
    public static ISiloBuilder AddTracing(this ISiloBuilder silo, string serviceId)
    {
        if (!IsOn)
            return silo;
        silo.AddActivityPropagation();
        silo.Services.AddSingleton(_ => Build(serviceId));
        return silo;
    }

    private static TracerProvider Build(string serviceId)
    {
        var tracing = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService("jobtree-silo", serviceId))
            .AddSource("Microsoft.Orleans.Application", "Microsoft.AspNetCore", "Jobtree*");
        // Whoever began the trace decides; of those that begin here a tenth is enough, unless the standard variable
        // says otherwise.
        if (Environment.GetEnvironmentVariable(Sampler) is null)
            tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(SampledByDefault)));
        return tracing.AddOtlpExporter().Build();
    }
}
