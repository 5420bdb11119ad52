using System.Diagnostics;
using Jobtree.Telemetry;

namespace Jobtree.Client;

/// <summary>The span of one call of the client, with all its retries.</summary>
internal static class ClientSpan
{
    /// <summary>Begins the span if the program, or this client's own exporter, listens.</summary>
    /// <param name="operation">The call.</param>
    public static Activity? Begin(string operation) => Spans.Source.HasListeners()
        ? Spans.Source.StartActivity($"{Spans.ClientCall.Name} {operation}", ActivityKind.Client)
            ?.SetTag(Spans.Operation, operation)
        : null;
}
