using System.Globalization;
using Jobtree.Simulation.Reports;
using Spectre.Console;

namespace Jobtree.Simulation.Commands;

/// <summary>The summary at the end of a replay: one row of figures per scheduler.</summary>
internal static class SummaryTable
{
    private const int Width = 150;

    private static readonly (string Name, Func<SchedulerFigures, double?> Value, Func<double, string> Show)[] Columns =
    [
        ("Wait p50", figures => figures.WaitMinutes.P50, Minutes),
        ("p90", figures => figures.WaitMinutes.P90, Minutes),
        ("p99", figures => figures.WaitMinutes.P99, Minutes),
        ("mean", figures => figures.WaitMinutes.Mean, Minutes),
        ("Slowdown", figures => figures.BoundedSlowdown.Mean, TwoDecimals),
        ("In use", figures => figures.UtilizationArrivalWindowShare, Percent),
        ("Drained", figures => figures.MakespanHours / 24, days => OneDecimal(days) + " d"),
        ("Refused", figures => figures.JobsRefused, Number),
        ("Cuts", figures => figures.Cuts, Number),
        ("Lost GPU-h", figures => figures.LostGpuHours, Number),
        ("Bound", figures => figures.Forecast?.P90CoverageShare, Percent),
        ("Took", figures => figures.ElapsedSeconds, seconds => TwoDecimals(seconds) + " s"),
    ];

    /// <summary>Prints the table.</summary>
    public static void Write(ReplayReport report, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        var table = new Table { Border = TableBorder.Horizontal };
        table.AddColumn(new TableColumn("Scheduler") { NoWrap = true });
        foreach (var column in Columns)
            table.AddColumn(new TableColumn(column.Name) { Alignment = Justify.Right, NoWrap = true });
        foreach (var figures in report.Schedulers)
        {
            Add(table, figures.Name, column => column(figures));
            if (figures.Seeds is not { } seeds)
                continue;
            Add(table, "  least", column => seeds.Min(seed => column(seed.Figures)));
            Add(table, "  most", column => seeds.Max(seed => column(seed.Figures)));
        }

        console.Write(table);
        output.WriteLine(
            $"{Number(report.Trace.Jobs)} jobs, {Number(report.Trace.GpuHours)} GPU-hours, offered load "
            + $"{Number(report.Trace.OfferedLoadGpus)} of {Number(report.Fleet.Gpus)} GPUs. "
            + "Slowdown is the bounded mean; in use is the share of the fleet over the arrival window; "
            + "refused are jobs that could never start, of which those wider than the fleet offer no load; "
            + "bound is the share of waiting jobs that started by the forecast's 90th percentile.");
        if (report.Fleet.Seeds is { } count)
            output.WriteLine($"Of {count} seeds: each figure's median, below it the least and the most. "
                + "The baselines draw nothing and ran once.");
        if (report.Trace.LeftOut is { } leftOut)
            output.WriteLine(RowsLeftOut.InWords(leftOut));
    }

    private static void Add(Table table, string name, Func<Func<SchedulerFigures, double?>, double?> value) =>
        table.AddRow([Markup.Escape(name), .. Columns.Select(
            column => Markup.Escape(value(column.Value) is { } figure ? column.Show(figure) : "–"))]);

    private static string OneDecimal(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string TwoDecimals(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) => OneDecimal(share * 100) + " %";

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Minutes(double minutes) => ReadableTime.OfMinutes(minutes)
        .Replace(" min", "m", StringComparison.Ordinal)
        .Replace(" h", "h", StringComparison.Ordinal)
        .Replace(" d", "d", StringComparison.Ordinal);
}
