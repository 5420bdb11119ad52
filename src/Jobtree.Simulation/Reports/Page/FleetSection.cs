using System.Globalization;
using System.Xml.Linq;
using Jobtree.Core.Model;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports.Plots;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>The fragmentation of idle GPUs, and the funding of used GPUs.</summary>
internal static class FleetSection
{
    private static readonly FundingClass[] Classes = Enum.GetValues<FundingClass>();

    /// <summary>Idle and stranded GPUs; empty if no scheduler was observed.</summary>
    public static XElement? Fragmentation(ReportData data)
    {
        if (Observed(data, observation => true) is not { } means)
            return null;
        var (scheduler, points) = means;
        var stranded = TimeSection.Frame(data, "stranded", "Idle GPUs on nodes partly in use, over time",
            Axis.Count("GPUs", points.Max(point => point.Stranded)), 250);
        stranded.Area(Points(data, points, point => point.Stranded), "s0 strong");
        var idle = TimeSection.Frame(data, "idle", "All idle GPUs over time",
            Axis.Count("GPUs", points.Max(point => point.Idle)), 210);
        idle.Area(Points(data, points, point => point.Idle), "s5 wash");
        var whileArriving = data.Report.Schedulers[scheduler].Fragmentation is { } figures
            ? $"While jobs arrive, {Show.OneDecimal(figures.StrandedGpusMean)} GPUs on average, "
            + $"{Show.Percent(figures.StrandedShareOfIdle)} of what is idle. "
            : string.Empty;
        return Html.Figure(
            "Fragmentation",
            $"Idle GPUs under {data.Outcomes[scheduler].Scheduler}, and those of them that lie on nodes partly in use, "
            + $"where a gang that wants whole nodes cannot have them. {whileArriving}The baselines only count GPUs and "
            + "do not place, so they have no such figure.",
            null,
            [Wide("Idle on nodes partly in use", stranded), Wide("All idle GPUs", idle)],
            Html.Table(
                "Idle GPUs by day",
                ["Day", "Idle", "On nodes partly in use"],
                ByDay(points).Select(day => (string[])
                [
                    Day(day),
                    Show.OneDecimal(day.Average(point => point.Idle)),
                    Show.OneDecimal(day.Average(point => point.Stranded)),
                ])));
    }

    /// <summary>GPUs in use by funding class; empty if no scheduler has funding classes.</summary>
    public static XElement? Funding(ReportData data)
    {
        if (Observed(data, observation => observation.GpusByClass is not null) is not { } means)
            return null;
        var (scheduler, points) = means;
        var plot = TimeSection.Frame(data, "funding", "GPUs in use by funding class over time",
            Axis.Count("GPUs in use", data.Report.Fleet.Gpus));
        IReadOnlyList<PlotPoint> below = Points(data, points, _ => 0);
        foreach (var fundingClass in Classes)
        {
            var lower = below;
            below =
            [
                .. Points(data, points, point => point.Split.Of(fundingClass))
                    .Select((point, index) => point with { Y = point.Y + lower[index].Y }),
            ];
            plot.Band(below, lower, Style(fundingClass));
        }

        var fleet = data.Report.Fleet.Gpus;
        plot.Stroke(new PlotPoint(0, fleet), new PlotPoint(double.MaxValue, fleet), "mark");
        plot.Label(new PlotPoint(0, fleet), $"{Show.Whole(fleet)} GPUs in the fleet", "start", 6, -6);
        return Html.Figure(
            "Who pays",
            $"GPUs in use under {data.Outcomes[scheduler].Scheduler} by funding class: by the owner's own budget, the "
            + "family's, a sponsor's, or nobody's. Unfunded work runs on what would be idle, and yields.",
            Html.Legend(Classes.Select(fundingClass => (Style(fundingClass), Name(data, scheduler, fundingClass)))),
            [Html.Wide(plot.ToSvg())],
            Html.Table(
                "Mean of GPUs in use by funding class, by day",
                Classes.Select(fundingClass => fundingClass.ToString()).Prepend("Day"),
                ByDay(points).Select(day => Classes.Select(
                    one => Show.OneDecimal(day.Average(point => point.Split.Of(one)))).Prepend(Day(day)))));
    }

    private static XElement Wide(string heading, Plot plot)
    {
        var figure = Html.Wide(plot.ToSvg());
        figure.AddFirst(new XElement("figcaption", heading));
        return figure;
    }

    private static string Name(ReportData data, int scheduler, FundingClass fundingClass)
    {
        var name = fundingClass.ToString();
        return data.Outcomes[scheduler].GpuHoursByClass is { } hours && hours.Total() > 0
            ? $"{name} · {Show.Whole(hours.Of(fundingClass))} GPU-hours " +
                $"({Show.Percent(hours.Of(fundingClass) / hours.Total())})"
            : name;
    }

    private static string Style(FundingClass fundingClass) => $"f{(int)fundingClass}";

    /// <summary>The first scheduler with such observations, and their means per step of the page's timelines.</summary>
    private static (int Scheduler, List<Mean> Points)? Observed(ReportData data, Func<FleetObservation, bool> usable)
    {
        var scheduler = data.Outcomes.ToList().FindIndex(outcome => outcome.Observations.Any(usable));
        if (scheduler < 0)
            return null;
        var step = data.Timelines[scheduler].Step;
        var points = data.Outcomes[scheduler].Observations
            .Where(usable)
            .GroupBy(observation => (long)(observation.At / step))
            .OrderBy(group => group.Key);
        return (scheduler, [.. points.Select(group => new Mean(
            step * (group.Key + 0.5),
            group.Average(observation => observation.IdleGpus),
            group.Average(observation => observation.StrandedGpus),
            group.Aggregate(default(ClassSplit), (sum, observation) => sum + (observation.GpusByClass ?? default))
                .Times(1.0 / group.Count())))]);
    }

    private static List<PlotPoint> Points(ReportData data, List<Mean> means, Func<Mean, double> value) =>
        [.. means.Select(mean => new PlotPoint(data.OnAxis(mean.At), value(mean)))];

    private static IEnumerable<IGrouping<int, Mean>> ByDay(List<Mean> means) =>
        means.GroupBy(mean => (int)mean.At.TotalDays);

    private static string Day(IGrouping<int, Mean> day) => day.Key.ToString(CultureInfo.InvariantCulture);

    private sealed record Mean(TimeSpan At, double Idle, double Stranded, ClassSplit Split);
}
