using System.Xml.Linq;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>The top of the page: the replayed trace, the main figures and the comparison.</summary>
internal static class Headline
{
    private static readonly (string Name, Func<SchedulerFigures, double> Value, Func<double, string> Show,
        bool HighIsGood)[] Compared =
    [
        ("Wait, median", figures => figures.WaitMinutes.P50, Page.Show.Minutes, false),
        ("Wait, p90", figures => figures.WaitMinutes.P90, Page.Show.Minutes, false),
        ("Wait, p99", figures => figures.WaitMinutes.P99, Page.Show.Minutes, false),
        ("Wait, mean", figures => figures.WaitMinutes.Mean, Page.Show.Minutes, false),
        ("Wait of 5–8 GPUs, p90", figures => figures.WaitMinutesBySize[2].WaitMinutes.P90, Page.Show.Minutes, false),
        ("Wait of 9+ GPUs, p90", figures => figures.WaitMinutesBySize[3].WaitMinutes.P90, Page.Show.Minutes, false),
        ("Turnaround, mean", figures => figures.TurnaroundMinutes.Mean, Page.Show.Minutes, false),
        ("Bounded slowdown, mean", figures => figures.BoundedSlowdown.Mean, Page.Show.OneDecimal, false),
        ("Utilization while jobs arrive", figures => figures.UtilizationArrivalWindowShare, Page.Show.Percent, true),
        ("All drained after", figures => figures.MakespanHours * 60, Page.Show.Minutes, false),
        ("Cuts", figures => figures.Cuts, Page.Show.Whole, false),
        ("GPU-hours lost by cuts", figures => figures.LostGpuHours, Page.Show.Whole, false),
        ("Jobs refused", figures => figures.JobsRefused, Page.Show.Whole, false),
    ];

    /// <summary>The title and a description of the replay.</summary>
    public static XElement Title(ReplayReport report) => new(
        "header",
        Html.Classed("p", "brand", "Jobtree replay"),
        new XElement("h1", $"{Show.Whole(report.Trace.Jobs)} jobs on {Show.Whole(report.Fleet.Gpus)} GPUs"),
        Html.Classed("p", "lead", Story(report)));

    /// <summary>The figures of the scheduler under test.</summary>
    public static XElement Cards(ReplayReport report)
    {
        var first = report.Schedulers[0];
        return Html.Classed(
            "dl",
            "cards",
            Card("Median wait", Show.Minutes(first.WaitMinutes.P50),
                $"{first.Name}; mean {Show.Minutes(first.WaitMinutes.Mean)}"),
            Card("90th percentile", Show.Minutes(first.WaitMinutes.P90),
                $"99th: {Show.Minutes(first.WaitMinutes.P99)}"),
            Card("Utilization", Show.Percent(first.UtilizationArrivalWindowShare), "of the fleet while jobs arrive"),
            first.Forecast is { } forecast
                ? Card("90 % bound held", Show.Percent(forecast.P90CoverageShare),
                    $"of {Show.Whole(forecast.JobsForecast)} forecast starts")
                : Card("Drained after", Show.Minutes(first.MakespanHours * 60), "from the first arrival"));
    }

    /// <summary>The comparison of all schedulers; the best value of each row is highlighted.</summary>
    public static XElement Comparison(ReplayReport report) => new(
        "section",
        new XElement("h2", "Comparison"),
        Html.Classed("p", "lead",
            "The same jobs on the same fleet. The best figure of a row is set in bold; a wait runs from arrival "
            + "to the first start." + (report.Fleet.Seeds is { } seeds
                ? $" Figures are medians of {seeds} seeds, below them the least and the most. The other tables have "
                + "medians too; plots show the seed with the median mean wait. The baselines draw nothing."
                : string.Empty)),
        Html.Classed("div", "scroll compared", new XElement(
            "table",
            new XElement("caption", "Schedulers compared"),
            new XElement("thead", new XElement("tr", report.Schedulers.Select(Header)
                .Prepend(new XElement("th", new XAttribute("scope", "col"), "Figure")))),
            new XElement("tbody", Compared.Select(
                row => Row(row.Name, report.Schedulers, row.Value, row.Show, row.HighIsGood))))));

    private static string Story(ReplayReport report) =>
        $"{report.Trace.Name}: {Show.OneDecimal(report.Trace.ArrivalWindowHours / 24)} days of arrivals from "
        + $"{Show.Whole(report.Trace.Clusters)} virtual clusters, {Show.Whole(report.Trace.GpuHours)} GPU-hours, "
        + $"a mean demand of {Show.Whole(report.Trace.OfferedLoadGpus)} GPUs "
        + $"({Show.WholePercent(report.Trace.OfferedLoadGpus / report.Fleet.Gpus)} of the fleet). "
        + $"The fleet: {Show.Whole(report.Fleet.Nodes)} nodes with {Show.Whole(report.Fleet.GpusPerNode)} GPUs, "
        + $"{Show.Whole(report.Fleet.NodesPerDomain)} nodes to a fabric domain. "
        + "Budgets: one per virtual cluster, in proportion to its GPU-time, "
        + $"{Show.WholePercent(report.Fleet.BudgetsOverFleet)} of the fleet in sum. "
        + $"Durations known: {report.Fleet.DurationEstimates}."
        + (report.Trace.LeftOut is { } leftOut ? " " + RowsLeftOut.InWords(leftOut) : string.Empty);

    private static XElement Card(string name, string value, string note) => new(
        "div", new XElement("dt", name), Html.Classed("dd", "value", value), Html.Classed("dd", "note", note));

    private static XElement Header(SchedulerFigures figures, int index) => new(
        "th",
        new XAttribute("scope", "col"),
        Html.Classed("span", $"swatch {ReportData.Style(index)}", string.Empty),
        figures.Name);

    private static XElement Row(
        string name, IReadOnlyList<SchedulerFigures> schedulers, Func<SchedulerFigures, double> value,
        Func<double, string> show, bool highIsGood)
    {
        var values = schedulers.Select(value).ToList();
        var texts = values.Select(show).ToList();
        var best = show(highIsGood ? values.Max() : values.Min());
        var differ = texts.Distinct().Count() > 1;
        return new XElement(
            "tr",
            new XElement("th", new XAttribute("scope", "row"), name),
            texts.Select((text, index) => new XElement(
                "td",
                differ && text == best ? new XAttribute("class", "best") : null,
                text,
                schedulers[index].Spread(value) is { } spread ? Spread(show(spread.Least), show(spread.Most)) : null)));
    }

    private static XElement? Spread(string least, string most) => least == most
        ? null
        : Html.Classed("span", "spread", $"{Unbroken(least)} … {Unbroken(most)}");

    private static string Unbroken(string text) => text.Replace(' ', '\u00A0');
}
