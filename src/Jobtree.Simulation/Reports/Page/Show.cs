using System.Globalization;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>Number formats of the page.</summary>
internal static class Show
{
    /// <summary>A whole number with thousands separators.</summary>
    public static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number with one decimal.</summary>
    public static string OneDecimal(double value) => value.ToString("#,0.0", CultureInfo.InvariantCulture);

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => OneDecimal(share * 100) + " %";

    /// <summary>A share in whole percent.</summary>
    public static string WholePercent(double share) => Whole(share * 100) + " %";

    /// <summary>A duration.</summary>
    public static string Minutes(double minutes) => ReadableTime.OfMinutes(minutes);
}
