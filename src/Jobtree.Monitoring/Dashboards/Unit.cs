namespace Jobtree.Monitoring.Dashboards;

/// <summary>The units of panels, by Grafana's identifiers.</summary>
internal static class Unit
{
    public const string Count = "short";
    public const string Plain = "none";
    public const string Ratio = "percentunit";
    public const string Seconds = "s";
    public const string Milliseconds = "ms";
    public const string Hours = "h";
    public const string Bytes = "bytes";
    public const string BytesPerSecond = "Bps";
    public const string PerSecond = "ops";
    public const string PerMinute = "opm";
    public const string RequestsPerSecond = "reqps";

    /// <summary>Every unit that a panel may have.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Count, Plain, Ratio, Seconds, Milliseconds, Hours, Bytes, BytesPerSecond, PerSecond, PerMinute,
        RequestsPerSecond,
    ];
}
