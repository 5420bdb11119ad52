using Jobtree.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Jobtree.Tracing;

/// <summary>Adds what a program exports, and to where.</summary>
public static class TraceExport
{
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string Sampler = "OTEL_TRACES_SAMPLER";
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private static readonly TimeSpan ProgramTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The service name of a program: as configured, else the standard variable's, else its own.</summary>
    /// <param name="configured">The configured name, if any.</param>
    /// <param name="own">The program's own name.</param>
    /// <param name="environment">Reads a variable.</param>
    public static string NameOf(string? configured, string own, Func<string, string?> environment) =>
        configured ?? (environment(ServiceName) is { Length: > 0 } name ? name : own);

    /// <summary>Whether the standard variable chooses the sampler, which then replaces rules and shares.</summary>
    public static bool HasStandardSampler => Environment.GetEnvironmentVariable(Sampler) is { Length: > 0 };

    /// <summary>Adds the exporter of a target.</summary>
    /// <param name="traces">The provider's builder.</param>
    /// <param name="target">The target.</param>
    /// <param name="console">Where lines are written if the target is the console.</param>
    /// <param name="timeout">How long one export may take; absent: the standard time.</param>
    public static TracerProviderBuilder AddExporter(
        this TracerProviderBuilder traces, TraceTarget target, TextWriter console, TimeSpan? timeout = null)
    {
        if (target.IsConsole)
            return traces.AddProcessor(new SimpleActivityExportProcessor(new SpanLines(console)));
        return traces.AddOtlpExporter(exporter =>
        {
            if (timeout is { } limit)
                exporter.TimeoutMilliseconds = (int)limit.TotalMilliseconds;
            if (target.Endpoint is not { } endpoint)
                return;
            exporter.Endpoint = endpoint;
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Protocol)))
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        });
    }

    /// <summary>
    /// Exports the spans of a program that lives for one command or has no provider of its own. Every trace that begins
    /// here is recorded, unless the standard variable chooses another sampler.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="service">The program's service name.</param>
    /// <param name="console">Where lines are written if the target is the console.</param>
    /// <param name="sources">Sources beside Jobtree's own.</param>
    /// <returns>The provider; disposing of it sends what is left, for at most two seconds.</returns>
    public static TracerProvider Begin(
        TraceTarget target, string service, TextWriter console, params string[] sources)
    {
        var traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(service))
            .AddSource([Spans.SourceName, .. sources]);
        if (!HasStandardSampler)
            traces.SetSampler(new ParentBasedSampler(new AlwaysOnSampler()));
        return traces.AddExporter(target, console, ProgramTimeout).Build();
    }
}
