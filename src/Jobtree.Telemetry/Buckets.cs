namespace Jobtree.Telemetry;

/// <summary>Upper bounds of histogram buckets.</summary>
internal static class Buckets
{
    /// <summary>0.1 ms to 10 s: decisions and calls.</summary>
    public static IReadOnlyList<double> Calls { get; } =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>10 µs to 10 s, in few buckets: messages between grains, of which a silo handles very many.</summary>
    public static IReadOnlyList<double> GrainCalls { get; } = [
        0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

    /// <summary>A second to four weeks: how long runs last.</summary>
    public static IReadOnlyList<double> Runs { get; } =
        [1, 10, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 259200, 604800, 2419200];

    /// <summary>A second to a week: how long runs wait. 1800 is the bound of the user-wait objective.</summary>
    public static IReadOnlyList<double> Waits { get; } =
        [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 259200, 604800];

    /// <summary>A day early to a day late: actual minus forecast starts.</summary>
    public static IReadOnlyList<double> Errors { get; } =
        [-86400, -21600, -3600, -900, -300, -60, 0, 60, 300, 900, 3600, 21600, 86400];
}
