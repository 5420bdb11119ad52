using System.Text.Json;
using Jobtree.Core.Model;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Reports;

public sealed class ReplayReportTests
{
    [Fact]
    public void Figures_of_a_job_that_was_cut_and_forecast_are_those_worked_out_by_hand()
    {
        // On 4 GPUs: A (4 for 60) runs at once. B (2 for 60), submitted at 30, was told 50 (70 at the latest), starts
        // at 60, is cut at 90 losing 20 of its 30 minutes, goes on at 100 for the 50 that are left, and ends at 150.
        var trace = TinyTrace.Of((0, 4, 60), (30, 2, 60));
        var outcome = new ReplayOutcome
        {
            Scheduler = "hand",
            Jobs =
            [
                new JobOutcome { Segments = [new RunSegment(TimeSpan.Zero, Minutes(60))],
                    ClassAtStart = FundingClass.Owned },
                new JobOutcome
                {
                    Segments = [new RunSegment(Minutes(60), Minutes(90), Minutes(20)),
                        new RunSegment(Minutes(100), Minutes(150))],
                    ClassAtStart = FundingClass.Unfunded,
                    Forecast = new StartForecast(Minutes(30), Minutes(50), Minutes(70)),
                },
            ],
            Observations = [new FleetObservation(Minutes(10), 0, 0, null),
                new FleetObservation(Minutes(20), 4, 1, null), new FleetObservation(Minutes(99), 4, 4, null)],
            GpuHoursByClass = new ClassSplit(4, 0, 0, 2.667),
            Decisions = 10,
            Elapsed = TimeSpan.FromSeconds(2),
        };

        var figures = new Measure(trace, TinyTrace.Fleet(4), outcome).Figures();

        Assert.Equal(new Distribution(2, 0, 30, 30, 15, 30), figures.WaitMinutes);
        Assert.Equal([("Owned", 1, 0.0), ("Shared", 0, 0), ("Borrowed", 0, 0), ("Unfunded", 1, 30)],
            Waits(figures.WaitMinutesByFundingClass!.Value));
        Assert.Equal([("1 GPU", 0, 0.0), ("2–4 GPUs", 2, 30), ("5–8 GPUs", 0, 0), ("9+ GPUs", 0, 0)],
            Waits(figures.WaitMinutesBySize));
        Assert.Equal(new Distribution(2, 60, 120, 120, 90, 120), figures.TurnaroundMinutes);
        Assert.Equal(new Distribution(2, 1, 2, 2, 1.5, 2), figures.BoundedSlowdown);
        Assert.Equal(1, figures.UtilizationArrivalWindowShare, 9);
        Assert.Equal(((4 * 60) + (2 * 80)) / (4.0 * 150), figures.UtilizationUntilDrainedShare, 9);
        Assert.Equal(2.5, figures.MakespanHours, 9);
        Assert.Equal((1, 1), (figures.Cuts, figures.JobsCut));
        Assert.Equal(40 / 60.0, figures.LostGpuHours, 9);
        Assert.Equal(new ForecastFigures(1, 1, new Distribution(1, 10, 10, 10, 10, 10), 10, 10, 10 / 30.0, 0, 1),
            figures.Forecast);
        Assert.Equal(new FragmentationFigures(0.5, 0.25), figures.Fragmentation);
        Assert.Equal(5, figures.DecisionsPerSecond, 9);
    }

    [Fact]
    public void Golden_figures_of_a_synthetic_trace()
    {
        var outcomes = BaselineScheduler.All.Select(scheduler => scheduler.Run(
            Synthetic(), new ReplayOptions { Nodes = 8 }, Silent.Progress) with { Elapsed = TimeSpan.Zero });
        var report = ReplayReport.Of(Synthetic(), new ReplayOptions { Nodes = 8 }, outcomes);

        var json = JsonSerializer.Serialize(report, ReportJson.Default.ReplayReport) + "\n";

        Golden.Check("figures.json", json);
    }

    [Fact]
    public void Percentiles_are_values_that_occurred()
    {
        double[] hundred = [.. Enumerable.Range(1, 100).Select(value => (double)value)];
        Assert.Equal(new Distribution(100, 50, 90, 99, 50.5, 100), Distribution.Of(hundred.Reverse()));
        Assert.Equal(new Distribution(1, 7, 7, 7, 7, 7), Distribution.Of([7]));
        Assert.Equal(new Distribution(0, 0, 0, 0, 0, 0), Distribution.Of([]));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.5, "30 s")]
    [InlineData(59.4, "59 min")]
    [InlineData(60, "1 h")]
    [InlineData(286, "4 h 46 min")]
    [InlineData(1439.6, "1 d")]
    [InlineData(2_910, "2 d 1 h")]
    [InlineData(-90, "−1 h 30 min")]
    public void Durations_read_well(double minutes, string text) => Assert.Equal(text, ReadableTime.OfMinutes(minutes));

    /// <summary>
    /// 300 jobs of three clusters from a small generator of its own, so that no library's change can move the figures.
    /// </summary>
    internal static JobTrace Synthetic()
    {
        var state = 12_345u;
        int Next(int bound) => (int)((state = (state * 1_664_525) + 1_013_904_223) >> 8) % bound;
        int[] widths = [1, 1, 1, 2, 4, 8, 16];
        return TinyTrace.Of([.. Enumerable.Range(0, 300)
            .Select(_ => ("vc" + Next(3), Next(3_000), widths[Next(widths.Length)], 10 + Next(300)))]);
    }

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private static IEnumerable<(string Class, int Count, double Max)> Waits(IEnumerable<WaitsOfClass> classes) =>
        classes.Select(waits => (waits.Class, waits.WaitMinutes.Count, waits.WaitMinutes.Max));
}
