using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>
/// The W3C trace context of a command, as carried in the header and environment variable of that name.
/// </summary>
public static class TraceParent
{
    /// <summary>The name of the environment variable.</summary>
    public const string Variable = "TRACEPARENT";

    private const int TraceIdEnd = 35;

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

    /// <summary>
    /// A trace context for a command whose program records no trace: a new trace, marked as not recorded by its caller.
    /// </summary>
    public static string New() => $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";

    /// <summary>
    /// The trace context of a submission that came without one. It follows from run and command, so that every attempt
    /// and every repeat continue the same trace, and nothing needs to be stored. The workload may record it, because
    /// nobody before it decided otherwise.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command that submitted it.</param>
    public static string Of(RunKey run, string operation)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\n{operation}"), hash);
        // An id of zeros is not valid.
        hash[0] |= 1;
        hash[16] |= 1;
        return $"00-{Convert.ToHexStringLower(hash[..16])}-{Convert.ToHexStringLower(hash[16..24])}-01";
    }

    /// <summary>Whether two contexts, as this program writes them, belong to one trace.</summary>
    internal static bool AreOfOneTrace(string left, string right) =>
        left.AsSpan(0, TraceIdEnd).SequenceEqual(right.AsSpan(0, TraceIdEnd));

    private static string Flags(ActivityContext context) =>
        context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00";
}
