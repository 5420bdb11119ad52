using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Jobtree.Telemetry;
using OpenTelemetry;

namespace Jobtree.Tracing;

/// <summary>
/// Writes each span as one line of JSON, with the members of a log line, so that spans and logs can share a stream.
/// </summary>
/// <param name="writer">The stream; each line is one call.</param>
public sealed class SpanLines(TextWriter writer) : BaseExporter<Activity>
{
    private const int TextMax = 1024;
    private static readonly JsonWriterOptions Plain = new() { SkipValidation = true };

    private string? service;

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Activity> batch)
    {
        service ??= ParentProvider?.GetResource().Attributes.FirstOrDefault(
            attribute => attribute.Key == "service.name").Value as string ?? "unknown";
        foreach (var span in batch)
            writer.WriteLine(Line(span, service));
        writer.Flush();
        return ExportResult.Success;
    }

    private static string Line(Activity span, string service)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(bytes, Plain);
        json.WriteStartObject();
        json.WriteString("timestamp", (span.StartTimeUtc + span.Duration).ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("level", span.Status == ActivityStatusCode.Error ? "ERROR" : "INFO");
        json.WriteString("category", CategoryOf(span.OperationName));
        json.WriteString("message", string.Create(CultureInfo.InvariantCulture,
            $"{Short(span.DisplayName)} took {span.Duration.TotalMilliseconds:0.###} ms"));
        json.WriteString("event", "span");
        json.WriteString("trace_id", span.TraceId.ToHexString());
        json.WriteString("span_id", span.SpanId.ToHexString());
        if (span.ParentSpanId != default)
            json.WriteString("parent_span_id", span.ParentSpanId.ToHexString());
        json.WriteString("job", "jobtree");
        json.WriteString("service", service);
        json.WriteString("span", Short(span.DisplayName));
        json.WriteNumber("duration_ms", Math.Round(span.Duration.TotalMilliseconds, 3));
        json.WriteStartObject("attributes");
        foreach (var (name, value) in span.EnumerateTagObjects())
            json.WriteString(name, Short(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static string CategoryOf(string span) =>
        span == Spans.ScheduleJob.Name ? LogCategories.Scheduler
        : span == Spans.StateUpdate.Name ? LogCategories.State
        : span == Spans.LaunchJob.Name ? LogCategories.Target
        : LogCategories.System;

    private static string Short(string text) => text.Length <= TextMax ? text : text[..TextMax];
}
