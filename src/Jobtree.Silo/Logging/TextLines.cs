using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Jobtree.Silo.Logging;

/// <summary>
/// Writes each log line as one line of text: instant, level, category, message. Control characters become blanks, so
/// that no name or message can begin another line or steer a terminal.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class TextLines(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "jobtree-text";

    private const int LevelWidth = 5;
    private const int CategoryWidth = 9;

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter?.Invoke(logEntry.State, logEntry.Exception) ?? logEntry.State?.ToString();
        var level = LogLine.Word(logEntry.LogLevel).PadRight(LevelWidth);
        var category = LogCategories.Of(logEntry.Category).PadRight(CategoryWidth);
        var failure = logEntry.Exception is { } exception ? $" {exception}" : "";
        textWriter.WriteLine(
            $"{LogLine.Instant(time)} {level} {category} {OneLine(LogLine.Short(message + failure))}");
    }

    private static string OneLine(string text)
    {
        if (!text.Any(IsUnsafe))
            return text;
        return string.Create(text.Length, text, static (line, text) =>
        {
            for (var i = 0; i < line.Length; i++)
                line[i] = IsUnsafe(text[i]) ? ' ' : text[i];
        });
    }

    // Beside control characters, the two characters that Unicode has for the end of a line and of a paragraph.
    private static bool IsUnsafe(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029';
}
