using System.Globalization;

namespace Jobtree.Cli.Output;

/// <summary>Human-readable times and amounts.</summary>
internal static class Humanize
{
    private static readonly TimeSpan DateNeeded = TimeSpan.FromHours(18);

    /// <summary>A duration in its one or two largest units: <c>45s</c>, <c>12m</c>, <c>3h5m</c>, <c>2d3h</c>.</summary>
    public static string Span(TimeSpan span)
    {
        var (days, hours, minutes, seconds) = ((int)span.TotalDays, span.Hours, span.Minutes, span.Seconds);
        return span switch
        {
            { Ticks: < 0 } => $"-{Span(span.Negate())}",
            { TotalMinutes: < 1 } => Text($"{seconds}s"),
            { TotalMinutes: < 10 } => Text($"{minutes}m") + Rest(seconds, "s"),
            { TotalHours: < 1 } => Text($"{minutes}m"),
            { TotalHours: < 10 } => Text($"{hours}h") + Rest(minutes, "m"),
            { TotalDays: < 1 } => Text($"{hours}h"),
            { TotalDays: < 10 } => Text($"{days}d") + Rest(hours, "h"),
            _ => Text($"{days}d"),
        };
    }

    /// <summary>An instant relative to now: <c>in 12m</c>, <c>3h ago</c>, <c>now</c>.</summary>
    public static string When(DateTimeOffset at, DateTimeOffset now) => (at - now).TotalSeconds switch
    {
        >= 1 => $"in {Span(at - now)}",
        <= -1 => $"{Span(now - at)} ago",
        _ => "now",
    };

    /// <summary>The age of something; a dash when it has none.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now) =>
        since is { } at ? Span(at < now ? now - at : TimeSpan.Zero) : "-";

    /// <summary>The time of day of an instant in a time zone, with the date if the instant is not near.</summary>
    public static string Clock(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString(
            (at - now).Duration() < DateNeeded ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>An amount with at most one decimal.</summary>
    public static string Amount(double amount) => amount.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    public static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + "%";

    /// <summary>An amount of memory: <c>512 B</c>, <c>1.2 GB</c>.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var unit = 0;
        for (; bytes >= 999.95 && unit < units.Length - 1; unit++)
            bytes /= 1000;
        return $"{Amount(bytes)} {units[unit]}";
    }

    private static string Rest(int amount, string unit) => amount == 0 ? "" : Text($"{amount}{unit}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
