using System.Xml.Linq;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports.Plots;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>Forecast accuracy: forecast against actual waits, and the distribution of the errors.</summary>
internal static class ForecastSection
{
    private const int DotsMax = 2_500;
    private const int Bins = 48;

    /// <summary>The section; empty if no scheduler made forecasts.</summary>
    public static XElement? Of(ReportData data)
    {
        var index = data.Report.Schedulers.ToList().FindIndex(scheduler => scheduler.Forecast is not null);
        if (index < 0)
            return null;
        var figures = data.Report.Schedulers[index].Forecast!;
        var jobs = data.Outcomes[index].Jobs
            .Where((job, at) => job.Ran && job.Forecast is not null && job.Start > data.Trace.Jobs[at].Submit)
            .ToList();
        return Html.Figure(
            "Forecasts",
            $"{data.Outcomes[index].Scheduler} tells a waiting job when it will start: a median, and a 90th percentile "
            + $"that should hold nine times in ten. It held for {Show.Percent(figures.P90CoverageShare)} of "
            + $"{Show.Whole(figures.JobsForecast)} jobs that waited.",
            Html.Legend([("s0 main", "started within the 90 % bound"), ("s1", "started after it")]),
            [
                Html.Panel("Forecast and real wait", Scatter(jobs)),
                Html.Panel("Error: real start less forecast median", Histogram(jobs, figures)),
            ],
            Table(figures));
    }

    private static XElement Scatter(List<JobOutcome> jobs)
    {
        var longest = jobs.Max(job => Math.Max(Real(job), Forecast(job)));
        var (x, y) = (Axis.Duration("forecast wait, median", longest), Axis.Duration("real wait", longest));
        var plot = new Plot(
            "forecast",
            "Forecast and real waits",
            "Each dot is a job that waited; on the diagonal the forecast was exact.",
            (548, 400),
            x,
            y,
            74);
        plot.Stroke(new PlotPoint(0, 0), new PlotPoint(x.Max, y.Max), "mark");
        var stride = Math.Max(1, (jobs.Count + DotsMax - 1) / DotsMax);
        foreach (var job in jobs.Where((_, index) => index % stride == 0).OrderBy(Late))
        {
            var (radius, style) = Late(job) ? (2.2, "cloud s1") : (1.9, "cloud s0");
            plot.Dot(new PlotPoint(Forecast(job), Real(job)), radius, style);
        }
        return plot.ToSvg();
    }

    private static XElement Histogram(List<JobOutcome> jobs, ForecastFigures figures)
    {
        var half = Half(figures.AbsoluteErrorMinutes.P99 / 60);
        var width = 2 * half / Bins;
        var errors = jobs.Select(job => (Hours: (Real(job) - Forecast(job)) / 60, IsLate: Late(job))).ToList();
        var binned = errors.ToLookup(
            error => Math.Clamp((int)Math.Floor((error.Hours + half) / width), 0, Bins - 1), error => error.IsLate);
        var y = Axis.Count("jobs", binned.Max(bin => bin.Count()));
        var plot = new Plot(
            "errors",
            "Errors of the forecasts",
            "Histogram of real start less forecast median, in hours; the outermost bars hold all that lies beyond.",
            (548, 400),
            Axis.Difference("hours; right of 0: later than forecast", half),
            y);
        foreach (var bin in binned)
        {
            var from = -half + (bin.Key * width);
            var late = bin.Count(isLate => isLate);
            var tip = $"{from:0.#} h to {from + width:0.#} h: {bin.Count()} jobs, {late} of them after the bound";
            plot.Bar(from, from + width, bin.Count(), "s0", tip);
            if (late > 0)
                plot.Bar(from, from + width, late, "s1", tip);
        }

        plot.Stroke(new PlotPoint(0, 0), new PlotPoint(0, y.Max), "mark");
        return plot.ToSvg();
    }

    private static double Half(double hours)
    {
        double[] steps = [0.5, 1, 2, 4, 8, 12, 16, 24, 48, 96, 192, 384];
        return steps.FirstOrDefault(step => step >= hours, 768);
    }

    private static double Real(JobOutcome job) => (job.Start - job.Forecast!.Value.MadeAt).TotalMinutes;

    private static double Forecast(JobOutcome job) =>
        (job.Forecast!.Value.Median - job.Forecast.Value.MadeAt).TotalMinutes;

    private static bool Late(JobOutcome job) => job.Start > job.Forecast!.Value.P90;

    private static XElement Table(ForecastFigures figures) => Html.Table(
        "Forecast errors",
        ["Figure", "Value"],
        [
            ["Jobs that waited", Show.Whole(figures.JobsWaited)],
            ["… and had a forecast", Show.Whole(figures.JobsForecast)],
            ["Size of the error, median", Show.Minutes(figures.AbsoluteErrorMinutes.P50)],
            ["Size of the error, 90th percentile", Show.Minutes(figures.AbsoluteErrorMinutes.P90)],
            ["Mean error (positive: later than forecast)", Show.Minutes(figures.BiasMinutes)],
            ["Median error", Show.Minutes(figures.MedianErrorMinutes)],
            ["Started by the forecast's 90th percentile", Show.Percent(figures.P90CoverageShare)],
        ]);
}
