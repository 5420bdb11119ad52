using Jobtree.Telemetry;
using Jobtree.Tracing;
using OpenTelemetry.Trace;

namespace Jobtree.Client;

/// <summary>
/// Exports the client's spans for a program that exports none itself. A program with its own exporter adds the source
/// <see cref="Spans.SourceName"/> to it; then nothing is started here, and no span is sent twice.
/// </summary>
internal sealed class ClientTraces : IDisposable
{
    private const string ServiceName = "jobtree-client";
    private const string OrleansSource = "Microsoft.Orleans.Application";

    private readonly TracerProvider? provider;

    /// <param name="endpoint">The configured endpoint; absent: the standard variables decide.</param>
    /// <exception cref="ArgumentException">The endpoint is not valid.</exception>
    public ClientTraces(string? endpoint)
    {
        TraceTarget? target = null;
        if (endpoint is not null && !TraceTarget.TryParse(endpoint, out target))
            throw new ArgumentException($"TraceEndpoint takes {TraceTarget.Allowed}.", nameof(endpoint));
        target ??= TraceTarget.Of(Environment.GetEnvironmentVariable);
        if (target is not null && !Spans.Source.HasListeners())
            provider = TraceExport.Begin(
                target, TraceExport.NameOf(null, ServiceName, Environment.GetEnvironmentVariable), Console.Error,
                OrleansSource);
    }

    public void Dispose() => provider?.Dispose();
}
