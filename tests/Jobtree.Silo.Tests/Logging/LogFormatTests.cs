using System.Diagnostics;
using System.Text.Json;
using Jobtree.Silo.Logging;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Jobtree.Silo.Tests.Logging;

/// <summary>A log line is one line, whatever is in it.</summary>
public sealed class LogFormatTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 26, 18, 0, 0, 123, default));

    [Theory]
    [InlineData("a\n{\"level\":\"ERROR\",\"message\":\"forged\"}")]
    [InlineData("a\r\nb\u0085c\u2028d\u2029e\u000bf\u000cg")]
    [InlineData("\u001b[2J\u001b]0;title\u0007\u0000\u009b31m")]
    [InlineData("\"},\"x\":{\"\\")]
    [InlineData("lone \ud800 surrogate")]
    [InlineData("<script>alert('ü')</script>")]
    public void A_hostile_text_is_escaped_and_comes_out_as_it_was(string text)
    {
        var line = Write(new JsonLines(Time), LogLevel.Information, LogCategories.SchedulerLogger, new(100, "RunBound"),
            [new("Run", text), new("Detail", text), new("{OriginalFormat}", "{Run} is bound")], null, text);
        Assert.EndsWith("}" + Environment.NewLine, line, StringComparison.Ordinal);
        Assert.DoesNotContain(line[..^Environment.NewLine.Length], letter => char.IsControl(letter)
            || letter is '\u2028' or '\u2029');
        var json = JsonDocument.Parse(line).RootElement;
        var valid = text.Replace('\ud800', '\ufffd');
        Assert.Equal(valid, json.GetProperty("message").GetString());
        Assert.Equal(valid, json.GetProperty("job_id").GetString());
        Assert.Equal(valid, json.GetProperty("fields").GetProperty("detail").GetString());

        var plain = Write(new TextLines(Time), LogLevel.Information, LogCategories.SchedulerLogger, default, [], null,
            text);
        Assert.StartsWith("2026-11-26T18:00:00.123Z INFO  SCHEDULER ", plain, StringComparison.Ordinal);
        Assert.DoesNotContain(plain[..^Environment.NewLine.Length], letter => char.IsControl(letter)
            || letter is '\u2028' or '\u2029');
    }

    [Fact]
    public void A_line_of_json_has_what_collectors_and_queries_ask_for()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var line = Write(new JsonLines(Time), LogLevel.Critical, "Jobtree.Journal.JournalLog", new(7, "LogFailed"),
            [new("Gpus", 4), new("WaitedSeconds", 1.5), new("IsLast", true), new("None", null), new("trace", trace)],
            new IOException("disk\nfull"), "The log failed.");
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal(("2026-11-26T18:00:00.123Z", "ERROR", "STATE", "The log failed.", "LogFailed", 7, "jobtree"),
            (Text(json, "timestamp"), Text(json, "level"), Text(json, "category"), Text(json, "message"),
            Text(json, "event"), json.GetProperty("event_id").GetInt32(), Text(json, "job")));
        Assert.Equal((trace[3..35], trace[36..52]), (Text(json, "trace_id"), Text(json, "span_id")));
        Assert.Contains("disk\nfull", Text(json, "exception"), StringComparison.Ordinal);
        Assert.Equal("""{"gpus":4,"waited_seconds":1.5,"is_last":true,"none":null}""",
            json.GetProperty("fields").GetRawText());
        Assert.False(json.TryGetProperty("job_id", out _));
    }

    [Fact]
    public void A_line_belongs_to_the_trace_in_which_it_was_logged()
    {
        using var span = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var json = JsonDocument.Parse(Write(new JsonLines(Time), LogLevel.Warning, "Jobtree.Api.Requests.OuterLayer",
            default, [], null, "")).RootElement;
        Assert.Equal((span.TraceId.ToHexString(), span.SpanId.ToHexString(), "WARN", "SYSTEM"),
            (Text(json, "trace_id"), Text(json, "span_id"), Text(json, "level"), Text(json, "category")));
    }

    [Fact]
    public void A_text_without_end_is_cut_off()
    {
        var line = Write(new JsonLines(Time), LogLevel.Error, "x", default, [new("Detail", new string('x', 1 << 20))],
            new IOException(new string('y', 1 << 20)), new string('z', 1 << 20));
        Assert.InRange(line.Length, 0, 4 * LogLine.TextMax);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind);
    }

    [Theory]
    [InlineData("Jobtree.Grains.Hosting.FlavorGrain", "SCHEDULER")]
    [InlineData("Jobtree.Scheduler", "SCHEDULER")]
    [InlineData("Jobtree.Execution.Processes.ProcessExecutor", "TARGET")]
    [InlineData("Jobtree.Target", "TARGET")]
    [InlineData("Jobtree.Silo.Journals.Redis.RedisJournals", "STATE")]
    [InlineData("Jobtree.Grains.Listing.RunIndexGrain", "STATE")]
    [InlineData("Jobtree.State", "STATE")]
    [InlineData("Jobtree.Api.Access.TokenReload", "SYSTEM")]
    [InlineData("Orleans.Runtime.Silo", "SYSTEM")]
    public void Every_logger_has_one_of_four_categories(string logger, string category) =>
        Assert.Equal(category, LogCategories.Of(logger));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string Write(ConsoleFormatter format, LogLevel level, string category, EventId id,
        List<KeyValuePair<string, object?>> fields, Exception? failure, string message)
    {
        using var line = new StringWriter();
        format.Write(new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
            level, category, id, fields, failure, (_, _) => message), null, line);
        return line.ToString();
    }
}
