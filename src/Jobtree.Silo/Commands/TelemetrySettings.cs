using Jobtree.Tracing;

namespace Jobtree.Silo.Commands;

/// <summary>The section <c>telemetry</c> of the configuration file. What it does not say, the standard variables say.
/// </summary>
internal sealed record TelemetrySettings
{
    /// <summary>Where spans go; absent: what the standard variables name.</summary>
    public TraceTarget? Endpoint { get; init; }

    /// <summary>The service name; absent: the standard variable's, else <c>jobtree-silo</c>.</summary>
    public string? ServiceName { get; init; }

    /// <summary>The shares of traces and spans; absent: the default ones.</summary>
    public Sampling? Sampling { get; init; }
}
