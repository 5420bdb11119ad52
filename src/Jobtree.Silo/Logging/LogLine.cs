using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Logging;

/// <summary>What both formats of a log line share: the words for levels, the instant, and the trace.</summary>
internal static class LogLine
{
    /// <summary>
    /// The field with the trace context that a line belongs to, instead of the current one. It is a parameter that
    /// stands in no sentence, so it has the parameter's name.
    /// </summary>
    public const string TraceField = "trace";

    /// <summary>The field with the run that a line is about.</summary>
    public const string RunField = "Run";

    /// <summary>The longest message or exception, in characters.</summary>
    public const int TextMax = 16 * 1024;

    /// <summary>The word for a level; there are four.</summary>
    public static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => "ERROR",
        LogLevel.Warning => "WARN",
        LogLevel.Information => "INFO",
        _ => "DEBUG",
    };

    /// <summary>The instant of a line.</summary>
    public static string Instant(TimeProvider time) =>
        time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The trace of a line: its own, otherwise that in which it was logged.</summary>
    /// <param name="fields">The line's fields.</param>
    public static ActivityContext Trace(IReadOnlyList<KeyValuePair<string, object?>>? fields) =>
        Field(fields, TraceField) is string text && ActivityContext.TryParse(text, null, out var own) ? own
            : Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current.Context
            : default;

    /// <summary>The value of a field; null: it is not there.</summary>
    public static object? Field(IReadOnlyList<KeyValuePair<string, object?>>? fields, string name)
    {
        for (var i = 0; i < (fields?.Count ?? 0); i++)
        {
            if (fields![i].Key == name)
                return fields[i].Value;
        }
        return null;
    }

    /// <summary>A text that is not too long for a line.</summary>
    public static string Short(string text) => text.Length <= TextMax ? text : $"{text.AsSpan(0, TextMax)}…";
}
