using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Jobtree.Silo.Logging;

/// <summary>
/// Writes each log line as one object of JSON. Control characters, also those that some readers take for the end of a
/// line, are escaped, so that no name or message can begin another line.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class JsonLines(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "jobtree-json";

    private const string MessageTemplate = "{OriginalFormat}";
    // Letters stay readable and searchable: this is no text inside a page.
    private static readonly JsonWriterOptions Relaxed =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // Names of fields come from message templates in code, so they are few.
    private readonly ConcurrentDictionary<string, string> names = new(StringComparer.Ordinal);

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var fields = logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>;
        var bytes = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(bytes, Relaxed);
        json.WriteStartObject();
        json.WriteString("timestamp", LogLine.Instant(time));
        json.WriteString("level", LogLine.Word(logEntry.LogLevel));
        json.WriteString("category", LogCategories.Of(logEntry.Category));
        json.WriteString("message", LogLine.Short(
            logEntry.Formatter?.Invoke(logEntry.State, logEntry.Exception) ?? logEntry.State?.ToString() ?? ""));
        if (logEntry.EventId.Name is { } name)
            json.WriteString("event", name);
        json.WriteNumber("event_id", logEntry.EventId.Id);
        json.WriteString("logger", logEntry.Category);
        if (LogLine.Trace(fields) is { } trace && trace != default)
        {
            json.WriteString("trace_id", trace.TraceId.ToHexString());
            json.WriteString("span_id", trace.SpanId.ToHexString());
        }
        json.WriteString("job", "jobtree");
        if (LogLine.Field(fields, LogLine.RunField) is { } run)
            json.WriteString("job_id", Text(run));
        if (logEntry.Exception is { } failure)
            json.WriteString("exception", LogLine.Short(failure.ToString()));
        if (fields is not null)
            WriteFields(json, fields);
        json.WriteEndObject();
        json.Flush();
        textWriter.WriteLine(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    private void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        json.WriteStartObject("fields");
        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = fields[i];
            if (name is MessageTemplate or LogLine.TraceField or LogLine.RunField)
                continue;
            json.WritePropertyName(names.GetOrAdd(name, JsonNamingPolicy.SnakeCaseLower.ConvertName));
            switch (value)
            {
                case null:
                    json.WriteNullValue();
                    break;
                case bool flag:
                    json.WriteBooleanValue(flag);
                    break;
                case int or long:
                    json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                default:
                    json.WriteStringValue(LogLine.Short(Text(value)));
                    break;
            }
        }
        json.WriteEndObject();
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
