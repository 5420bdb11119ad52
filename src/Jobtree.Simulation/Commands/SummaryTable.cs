using System.Globalization;
using Jobtree.Simulation.Reports;
using Spectre.Console;

namespace Jobtree.Simulation.Commands;

/// <summary>The summary at the end of a replay: one row of figures per scheduler.</summary>
internal static class SummaryTable
{
    private const int Width = 130;

    private static readonly string[] Headers =
    [
        "Scheduler", "Wait p50", "p90", "p99", "mean", "Slowdown", "In use", "Drained", "Refused", "Cuts", "Lost GPU-h",
        "Bound", "Took",
    ];

    /// <summary>Prints the table.</summary>
    public static void Write(ReplayReport report, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        var table = new Table { Border = TableBorder.Horizontal };
        foreach (var header in Headers)
        {
            var alignment = header == "Scheduler" ? Justify.Left : Justify.Right;
            table.AddColumn(new TableColumn(header) { Alignment = alignment, NoWrap = true });
        }
        foreach (var figures in report.Schedulers)
            table.AddRow([.. Row(figures).Select(Markup.Escape)]);
        console.Write(table);
        output.WriteLine(
            $"{Number(report.Trace.Jobs)} jobs, {Number(report.Trace.GpuHours)} GPU-hours, offered load "
            + $"{Number(report.Trace.OfferedLoadGpus)} of {Number(report.Fleet.Gpus)} GPUs. "
            + "Slowdown is the bounded mean; in use is the share of the fleet over the arrival window; "
            + "refused are jobs that could never start, of which those wider than the fleet offer no load; "
            + "bound is the share of waiting jobs that started by the forecast's 90th percentile.");
    }

    private static IEnumerable<string> Row(SchedulerFigures figures) =>
    [
        figures.Name,
        Minutes(figures.WaitMinutes.P50),
        Minutes(figures.WaitMinutes.P90),
        Minutes(figures.WaitMinutes.P99),
        Minutes(figures.WaitMinutes.Mean),
        figures.BoundedSlowdown.Mean.ToString("0.00", CultureInfo.InvariantCulture),
        Percent(figures.UtilizationArrivalWindowShare),
        (figures.MakespanHours / 24).ToString("0.0", CultureInfo.InvariantCulture) + " d",
        Number(figures.JobsRefused),
        Number(figures.Cuts),
        Number(figures.LostGpuHours),
        figures.Forecast is { } forecast ? Percent(forecast.P90CoverageShare) : "–",
        $"{figures.ElapsedSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s",
    ];

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Minutes(double minutes) => ReadableTime.OfMinutes(minutes)
        .Replace(" min", "m", StringComparison.Ordinal)
        .Replace(" h", "h", StringComparison.Ordinal)
        .Replace(" d", "d", StringComparison.Ordinal);
}
