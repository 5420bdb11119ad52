using System.Globalization;

namespace Jobtree.Simulation.Reports;

/// <summary>Human-readable durations with at most two units.</summary>
internal static class ReadableTime
{
    /// <summary>A duration, such as <c>45 s</c>, <c>12 min</c>, <c>3 h 20 min</c> or <c>2 d 4 h</c>.</summary>
    /// <param name="minutes">The minutes; negative for earlier.</param>
    public static string OfMinutes(double minutes)
    {
        if (minutes < 0)
            return "−" + OfMinutes(-minutes);
        if (minutes < 0.5 / 60)
            return "0";
        if (minutes < 1)
            return Whole(Math.Round(minutes * 60), "s");
        var rounded = Math.Round(minutes);
        if (rounded < 60)
            return Whole(rounded, "min");
        if (rounded < 24 * 60)
            return Two(Math.Floor(rounded / 60), "h", rounded % 60, "min");
        var hours = Math.Round(minutes / 60, MidpointRounding.AwayFromZero);
        return Two(Math.Floor(hours / 24), "d", hours % 24, "h");
    }

    private static string Two(double large, string largeUnit, double small, string smallUnit) =>
        small > 0 ? $"{Whole(large, largeUnit)} {Whole(small, smallUnit)}" : Whole(large, largeUnit);

    private static string Whole(double value, string unit) =>
        $"{value.ToString("#,0", CultureInfo.InvariantCulture)} {unit}";
}
