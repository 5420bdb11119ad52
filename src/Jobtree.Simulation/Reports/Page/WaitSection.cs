using System.Xml.Linq;
using Jobtree.Simulation.Reports.Plots;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>Job waits: distributions by size class, ranges by virtual cluster and by class.</summary>
internal static class WaitSection
{
    /// <summary>One cumulative distribution per size class.</summary>
    public static XElement BySize(ReportData data)
    {
        var longest = data.Report.Schedulers.Max(scheduler => scheduler.WaitMinutes.Max);
        return Html.Figure(
            "Waits by size",
            "The share of jobs that had started after a wait of at most so long. Higher and further left is better; "
            + "where a line meets the left edge is the share that started at once.",
            TimeSection.Legend(data),
            SizeClass.All.Select((name, size) =>
                Html.Panel($"{name} · {Show.Whole(Count(data, size))} jobs", Distribution(data, name, size, longest))),
            Table(data, "Waits by size", scheduler => scheduler.WaitMinutesBySize));
    }

    /// <summary>One range per virtual cluster and scheduler.</summary>
    public static XElement ByCluster(ReportData data) => Html.Figure(
        "Waits by virtual cluster",
        "The dot is the median wait, the thick stroke reaches to the 90th percentile, the thin one to the 99th.",
        TimeSection.Legend(data),
        [Html.Wide(Ranges(data, "clusters", "Waits by virtual cluster", scheduler => scheduler.WaitMinutesByCluster))],
        Table(data, "Waits by virtual cluster", scheduler => scheduler.WaitMinutesByCluster));

    /// <summary>One range per urgency and, if a scheduler has them, per funding class.</summary>
    public static XElement ByClass(ReportData data) => Html.Figure(
        "Waits by class",
        "Jobs with a deadline (strict) and without (best effort), and jobs by how they were paid for when they "
        + "started. Dot, thick and thin stroke: median, 90th and 99th percentile.",
        TimeSection.Legend(data),
        [Html.Wide(Ranges(data, "classes", "Waits by urgency and by funding class", Classes))],
        Table(data, "Waits by urgency and by funding class", Classes));

    private static IReadOnlyList<WaitsOfClass> Classes(SchedulerFigures scheduler) =>
    [
        .. scheduler.WaitMinutesByUrgency,
        .. (scheduler.WaitMinutesByFundingClass ?? []).Where(waits => waits.WaitMinutes.Count > 0),
    ];

    private static int Count(ReportData data, int size) => data.Trace.Jobs.Count(job => SizeClass.Of(job.Gpus) == size);

    private static XElement Distribution(ReportData data, string name, int size, double longest)
    {
        var plot = new Plot(
            $"size-{size}",
            $"Waits of jobs with {name}",
            "Cumulative distribution of waits per scheduler; the table below has the percentiles.",
            (548, 270),
            Axis.Duration("wait", longest),
            Axis.Share("share started"));
        foreach (var index in data.DrawingOrder)
            plot.Line(Cumulative(Waits(data, index, size)), ReportData.Style(index));
        return plot.ToSvg();
    }

    private static double[] Waits(ReportData data, int scheduler, int size)
    {
        var jobs = data.Outcomes[scheduler].Jobs;
        return [.. Enumerable.Range(0, jobs.Length)
            .Where(job => jobs[job].Ran && SizeClass.Of(data.Trace.Jobs[job].Gpus) == size)
            .Select(job => (jobs[job].Start - data.Trace.Jobs[job].Submit).TotalMinutes)
            .Order()];
    }

    /// <summary>The distribution in at most 201 points, which is finer than the pixels of the plot.</summary>
    private static IEnumerable<PlotPoint> Cumulative(double[] sorted)
    {
        if (sorted.Length == 0)
            return [];
        var steps = Math.Min(200, sorted.Length);
        var atOnce = (double)sorted.Count(wait => wait <= 0) / sorted.Length;
        return Enumerable.Range(1, steps)
            .Select(step => (step * sorted.Length / steps) - 1)
            .Select(rank => new PlotPoint(sorted[rank], (rank + 1.0) / sorted.Length))
            .Where(point => point.Y >= atOnce)
            .Prepend(new PlotPoint(0, atOnce));
    }

    private static XElement Ranges(
        ReportData data, string id, string title, Func<SchedulerFigures, IReadOnlyList<WaitsOfClass>> classes)
    {
        const double lane = 11;
        var schedulers = data.Report.Schedulers;
        var names = schedulers.SelectMany(scheduler => classes(scheduler).Select(waits => waits.Class)).Distinct()
            .ToList();
        var rowHeight = (schedulers.Length * lane) + 12;
        var longest = schedulers.Max(scheduler => classes(scheduler).Max(waits => waits.WaitMinutes.P99));
        var rows = new Axis
        {
            Title = string.Empty,
            Min = 0,
            Max = names.Count,
            Grid = false,
            Ticks = [.. names.Select((name, row) => new Tick(names.Count - row - 0.5, Shortened(name)))],
        };
        var plot = new Plot(
            id,
            title,
            "Median, 90th and 99th percentile of waits; the table below has the figures.",
            (1120, 60 + (names.Count * rowHeight)),
            Axis.Duration("wait", longest),
            rows,
            128);
        for (var row = 0; row < names.Count; row++)
        {
            var edge = (double)names.Count - row;
            plot.Stroke(new PlotPoint(0, edge), new PlotPoint(double.MaxValue, edge), "edge");
            var lanes = Enumerable.Range(0, schedulers.Length)
                .SelectMany(index => classes(schedulers[index])
                    .Where(waits => waits.Class == names[row] && waits.WaitMinutes.Count > 0)
                    .Select(waits => (index, waits)))
                .ToList();
            for (var at = 0; at < lanes.Count; at++)
            {
                var offset = (at - ((lanes.Count - 1) / 2.0)) * lane / rowHeight;
                Range(plot, edge - 0.5 - offset, lanes[at].waits, schedulers[lanes[at].index].Name,
                    ReportData.Style(lanes[at].index));
            }
        }

        return plot.ToSvg();
    }

    private static void Range(Plot plot, double y, WaitsOfClass waits, string scheduler, string style)
    {
        var wait = waits.WaitMinutes;
        var tip = $"{waits.Class}, {scheduler}: median {Show.Minutes(wait.P50)}, p90 {Show.Minutes(wait.P90)}, p99 "
            + $"{Show.Minutes(wait.P99)}";
        plot.Stroke(new PlotPoint(wait.P50, y), new PlotPoint(wait.P99, y), $"thin {style}", tip);
        plot.Stroke(new PlotPoint(wait.P50, y), new PlotPoint(wait.P90, y), $"thick {style}", tip);
        plot.Dot(new PlotPoint(wait.P50, y), 4, $"ring {style}", tip);
    }

    private static string Shortened(string name) => name.Length > 16 ? name[..15] + "…" : name;

    private static XElement Table(
        ReportData data, string caption, Func<SchedulerFigures, IReadOnlyList<WaitsOfClass>> classes) => Html.Table(
        caption,
        ["Class", "Scheduler", "Jobs", "p50", "p90", "p99", "Mean", "Longest"],
        data.Report.Schedulers
            .SelectMany(scheduler => classes(scheduler).Select((waits, order) => (waits, order, scheduler.Name)))
            .OrderBy(row => row.order)
            .Select(row => (string[])[row.waits.Class, row.Name, .. Cells(row.waits.WaitMinutes)]));

    private static string[] Cells(Distribution waits) =>
    [
        Show.Whole(waits.Count), Show.Minutes(waits.P50), Show.Minutes(waits.P90), Show.Minutes(waits.P99),
        Show.Minutes(waits.Mean), Show.Minutes(waits.Max),
    ];
}
