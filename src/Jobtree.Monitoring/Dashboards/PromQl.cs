using System.Globalization;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Dashboards;

/// <summary>
/// The queries of the dashboards. Each selects its series by the dashboard's variables, and aggregates before it
/// divides: a ratio of single series would divide each by itself.
/// </summary>
internal static class PromQl
{
    /// <summary>The window of a rate: Grafana makes it long enough for at least four scrapes.</summary>
    public const string RateWindow = "$__rate_interval";

    /// <summary>The whole time range of the page.</summary>
    public const string WholeRange = "$__range";

    /// <summary>The sum of a gauge.</summary>
    public static string Sum(Series series, string by = "", string where = "") => Fold("sum", series.Where(where), by);

    /// <summary>The greatest value of a gauge.</summary>
    public static string Max(Series series, string by = "", string where = "") => Fold("max", series.Where(where), by);

    /// <summary>The mean of a gauge.</summary>
    public static string Mean(Series series, string by = "", string where = "") => Fold("avg", series.Where(where), by);

    /// <summary>What a counter counts per second.</summary>
    public static string Rate(Series series, string by = "", string where = "", string window = RateWindow) =>
        Fold("sum", $"rate({series.Where(where)}[{window}])", by);

    /// <summary>What a counter counted within a window.</summary>
    public static string Increase(Series series, string by = "", string where = "", string window = RateWindow) =>
        Fold("sum", $"increase({series.Where(where)}[{window}])", by);

    /// <summary>
    /// How often something was counted in the time range of the page, as a whole number: an increase is estimated from
    /// the scrapes, and 0 where there is no series.
    /// </summary>
    public static string Counted(Series counter, string where = "") =>
        $"round({Increase(counter, where: where, window: WholeRange)}) or vector(0)";

    /// <summary>A quantile of a histogram.</summary>
    public static string Quantile(double quantile, Series histogram, string by = "", string where = "")
    {
        var labels = by.Length == 0 ? "le" : $"le, {by}";
        return string.Create(CultureInfo.InvariantCulture,
            $"histogram_quantile({quantile}, {Rate(histogram.Part("_bucket"), labels, where)})");
    }

    /// <summary>The mean of a histogram's observations.</summary>
    public static string Average(Series histogram, string by = "", string where = "", string window = RateWindow) =>
        Rate(histogram.Part("_sum"), by, where, window) + " / " + Rate(histogram.Part("_count"), by, where, window);

    /// <summary>The observations of a histogram by bucket, for a heat map.</summary>
    public static string Heat(Series histogram, string where = "") =>
        Increase(histogram.Part("_bucket"), "le", where);

    /// <summary>The share of one part in a whole; 0 if the whole is nothing.</summary>
    public static string Share(string part, string whole) => $"{part} / clamp_min({whole}, 1)";

    /// <summary>0 where there is no series: for what is only counted from its first fault on.</summary>
    public static string OrZero(string query) => $"{query} or vector(0)";

    private static string Fold(string fold, string query, string by) =>
        by.Length == 0 ? $"{fold}({query})" : $"{fold} by ({by}) ({query})";
}

/// <summary>A series that a query selects by the dashboard's variables.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Selected">The labels that are selected by the variable of the same name.</param>
internal readonly record struct Series(string Name, IReadOnlyList<string> Selected)
{
    private static readonly string[] OfASilo = ["job", "instance"];

    public static implicit operator Series(MetricDefinition metric) =>
        new(metric.Name, [.. OfASilo, .. metric.Labels.Where(label => label is "flavor" or "namespace")]);

    /// <summary>A series of Orleans or of .NET, which a silo's page has too.</summary>
    public static implicit operator Series(string name) => new(name, OfASilo);

    /// <summary>A series that a recording rule makes, with the labels that a variable selects.</summary>
    public static Series Recorded(string name, params IReadOnlyList<string> selected) => new(name, selected);

    /// <summary>A part of a histogram, such as <c>_bucket</c>.</summary>
    /// <param name="suffix">The part's suffix.</param>
    public Series Part(string suffix) => this with { Name = Name + suffix };

    /// <summary>The selector, with further conditions; they may have single quotes.</summary>
    public string Where(string conditions = "")
    {
        var all = Selected.Select(label => $"{label}=~\"${label}\"");
        if (conditions.Length > 0)
            all = all.Append(conditions.Replace('\'', '"'));
        return $"{Name}{{{string.Join(", ", all)}}}";
    }
}

/// <summary>The parts of a histogram of the catalogue.</summary>
internal static class HistogramParts
{
    /// <summary>A part of a histogram, such as <c>_count</c>.</summary>
    public static Series Part(this MetricDefinition histogram, string suffix) => ((Series)histogram).Part(suffix);
}
