using System.Diagnostics;

namespace Jobtree.Actors.Operations;

/// <summary>
/// The W3C trace context of a command, as it travels in the header and the environment variable of that name.
/// </summary>
public static class TraceParent
{
    /// <summary>The name of the environment variable.</summary>
    public const string Variable = "TRACEPARENT";

    /// <summary>The name of the HTTP header.</summary>
    public const string Header = "traceparent";

    /// <summary>
    /// Reads a trace context that others sent. What is not one is dropped, as the recommendation asks: it fails no
    /// command.
    /// </summary>
    /// <param name="text">What they sent.</param>
    /// <returns>The same context, written by this program; null: there was none.</returns>
    public static string? Read(string? text) =>
        ActivityContext.TryParse(text, null, out var context)
            ? $"00-{context.TraceId}-{context.SpanId}-{Flags(context)}"
            : null;

    private static string Flags(ActivityContext context) =>
        context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00";
}
