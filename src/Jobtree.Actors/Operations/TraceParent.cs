using System.Diagnostics;

namespace Jobtree.Actors.Operations;

/// <summary>
/// The W3C trace context of a command, as carried in the header and environment variable of that name.
/// </summary>
public static class TraceParent
{
    /// <summary>The name of the environment variable.</summary>
    public const string Variable = "TRACEPARENT";

    /// <summary>The name of the HTTP header.</summary>
    public const string Header = "traceparent";

    /// <summary>
    /// Parses a trace context from outside. An invalid one is dropped, as the recommendation asks, and fails no
    /// command.
    /// </summary>
    /// <param name="text">The received text.</param>
    /// <returns>The same context, rewritten by this program; null if there was none.</returns>
    public static string? Read(string? text) =>
        ActivityContext.TryParse(text, null, out var context)
            ? $"00-{context.TraceId}-{context.SpanId}-{Flags(context)}"
            : null;

    private static string Flags(ActivityContext context) =>
        context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00";
}
