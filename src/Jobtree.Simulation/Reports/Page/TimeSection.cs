using System.Globalization;
using System.Xml.Linq;
using Jobtree.Simulation.Reports.Plots;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>Utilization and queue over time; each plot shows all schedulers.</summary>
internal static class TimeSection
{
    /// <summary>GPUs in use.</summary>
    public static XElement Utilization(ReportData data)
    {
        var fleet = data.Report.Fleet.Gpus;
        var plot = Frame(data, "utilization", "GPUs in use over time, as a share of the fleet",
            Axis.Share("share of the fleet in use"));
        Draw(data, plot, timeline => timeline.UsedGpus.Select(gpus => gpus / fleet));
        return Html.Figure(
            "Utilization",
            $"GPUs in use as a share of the fleet, {StepText(data)} means. Where the lines touch the top, work is "
            + "waiting; where they part, one scheduler leaves GPUs idle that another uses.",
            Legend(data),
            [Html.Wide(plot.ToSvg())],
            ByDay(data, "Mean share of the fleet in use, by day", timeline =>
                timeline.UsedGpus.Select(gpus => gpus / fleet), Show.Percent));
    }

    /// <summary>GPUs that waiting jobs request.</summary>
    public static XElement Queue(ReportData data)
    {
        var most = data.Timelines.Max(timeline => timeline.QueuedGpus.Max());
        var plot = Frame(data, "queue", "GPUs that waiting jobs ask for, over time",
            Axis.Count("GPUs waited for", most));
        Draw(data, plot, timeline => timeline.QueuedGpus);
        return Html.Figure(
            "Queue",
            $"GPUs that waiting jobs ask for, {StepText(data)} means. The same jobs arrive in every line, so the "
            + "higher line is the scheduler that serves them later.",
            Legend(data),
            [Html.Wide(plot.ToSvg())],
            ByDay(data, "Mean of GPUs waited for, by day", timeline => timeline.QueuedGpus, Show.Whole));
    }

    /// <summary>The legend of the schedulers.</summary>
    public static XElement Legend(ReportData data) =>
        Html.Legend(data.Outcomes.Select((outcome, index) => (ReportData.Style(index), outcome.Scheduler)));

    /// <summary>A plot over the replay's time span. The end of the arrivals is marked.</summary>
    public static Plot Frame(ReportData data, string id, string title, Axis y, double height = 330)
    {
        var description =
            $"{title}, from the first arrival until the last job had ended. The table below has the figures by day.";
        var plot = new Plot(id, title, description, (1120, height), Axis.Time(data.Span), y);
        var last = data.OnAxis(data.Trace.ArrivalWindow);
        plot.Stroke(new PlotPoint(last, y.Min), new PlotPoint(last, y.Max), "mark");
        plot.Label(new PlotPoint(last, y.Max), "last arrival", "middle", 0, -7);
        return plot;
    }

    private static void Draw(ReportData data, Plot plot, Func<Timeline, IEnumerable<double>> values)
    {
        foreach (var index in data.DrawingOrder)
        {
            var timeline = data.Timelines[index];
            var points = values(timeline).Select(
                (value, step) => new PlotPoint(data.OnAxis(timeline.Step * (step + 0.5)), value)).ToList();
            if (index == 0)
                plot.Area(points, ReportData.Style(index));
            plot.Line(points, ReportData.Style(index));
        }
    }

    private static XElement ByDay(
        ReportData data, string caption, Func<Timeline, IEnumerable<double>> values, Func<double, string> show)
    {
        var daily = data.Timelines.Select(timeline => values(timeline)
            .Select((value, step) => (Day: (int)(timeline.Step * step).TotalDays, value))
            .GroupBy(part => part.Day, part => part.value)
            .ToDictionary(day => day.Key, day => day.Average())).ToList();
        return Html.Table(
            caption,
            data.Outcomes.Select(outcome => outcome.Scheduler).Prepend("Day"),
            daily[0].Keys.Order().Select(
                day => daily.Select(means => show(means[day])).Prepend(day.ToString(CultureInfo.InvariantCulture))));
    }

    private static string StepText(ReportData data)
    {
        var step = ReadableTime.OfMinutes(data.Timelines[0].Step.TotalMinutes);
        return step == "1 h" ? "hourly" : step;
    }
}
