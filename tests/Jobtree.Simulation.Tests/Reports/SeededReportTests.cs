using System.Collections.Immutable;
using System.Text.Json;
using System.Xml.Linq;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Reports.Page;
using Jobtree.Simulation.Tests.Traces;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Reports;

/// <summary>Reports over several seeds, and of traces in every format.</summary>
public sealed class SeededReportTests
{
    private static readonly JobTrace Trace = TinyTrace.Of((0, 4, 60), (0, 4, 60));

    [Fact]
    public void Of_three_seeds_each_figure_is_the_median_by_itself_and_all_are_kept()
    {
        // The second job waits 60, 30 and 90 minutes; it is cut in the second run only, and the third has a forecast.
        var report = Report(
            Run(60), Run(30) with { GpuHoursByClass = new(8, 0, 0, 1) },
            Run(90, new StartForecast(TimeSpan.Zero, Minutes(80), Minutes(85))));

        var figures = Assert.Single(report.Schedulers);
        Assert.Equal(new Distribution(2, 0, 60, 60, 30, 60), figures.WaitMinutes);
        Assert.Equal(new Distribution(2, 0, 60, 60, 30, 60), figures.WaitMinutesBySize[1].WaitMinutes);
        Assert.Equal(new Distribution(2, 0, 60, 60, 30, 60), Assert.Single(figures.WaitMinutesByCluster).WaitMinutes);
        Assert.Equal(new Distribution(2, 60, 120, 120, 90, 120), figures.TurnaroundMinutes);
        Assert.Equal(2, figures.MakespanHours);
        Assert.Equal(10, figures.Forecast!.AbsoluteErrorMinutes.P50);
        Assert.Equal(new GpuHoursByClass(8, 0, 0, 1), figures.GpuHoursByClass);
        Assert.Null(figures.LedgerHead);
        Assert.Equal([(7UL, 30.0, "60"), (8, 15, "30"), (9, 45, "90")], figures.Seeds!.Value.Select(
            seed => (seed.Seed, seed.Figures.WaitMinutes.Mean, seed.Figures.LedgerHead!)));
        Assert.Equal((15, 45), figures.Spread(one => one.WaitMinutes.Mean));
        Assert.Equal((7UL, 3), (report.Fleet.Seed, report.Fleet.Seeds));
    }

    [Fact]
    public void Of_seeds_that_come_out_alike_no_figure_is_lost()
    {
        var trace = ReplayReportTests.Synthetic();
        var options = new ReplayOptions { Nodes = 8 };
        var outcome = new StandInScheduler().Run(trace, options, Silent.Progress);
        var figures = new Measure(trace, options, outcome).Figures() with
        {
            JobsRefused = 1,
            Cuts = 3,
            JobsCut = 2,
            LostGpuHours = 5,
        };

        var medians = new MedianFigures([figures, figures, figures]).Figures();

        Assert.Equal(Json(Alone(figures)), Json(Alone(medians)));

        ReplayReport Alone(SchedulerFigures one) => new(
            ReplayReport.CurrentSchema, TraceFigures.Of(trace, options), FleetFigures.Of(options, 1), [one]);
    }

    [Fact]
    public void Of_one_seed_the_report_is_that_of_its_run()
    {
        var report = Report(Run(60));

        var figures = Assert.Single(report.Schedulers);
        Assert.Equal("60", figures.LedgerHead);
        Assert.Null(figures.Seeds);
        Assert.Null(figures.Spread(one => one.Cuts));
        Assert.Null(report.Fleet.Seeds);
        Assert.DoesNotContain("seeds", Json(report), StringComparison.Ordinal);
    }

    [Fact]
    public void The_plots_show_the_seed_with_the_median_wait()
    {
        Assert.Equal("60", Seeded(Run(90), Run(30), Run(60)).Middle.LedgerHead);
        Assert.Equal("30", Seeded(Run(90), Run(30)).Middle.LedgerHead);
    }

    [Fact]
    public void The_page_shows_medians_the_spread_and_what_was_left_out()
    {
        var seeded = Seeded(Run(60), Run(30), Run(90));
        var trace = SampleTraces.Read("openb.csv");
        var options = new ReplayOptions { Nodes = 2, Seed = 7 };
        var outcome = BaselineScheduler.All[0].Run(trace, options, Silent.Progress);
        var writer = new StringWriter();
        var report = ReplayReport.Of(Trace, options, [seeded]) with { Trace = TraceFigures.Of(trace, options) };
        ReportPage.Write(writer, Trace, report, [seeded.Middle]);

        var page = XDocument.Parse(writer.ToString());
        var mean = page.Descendants("tr").First(row => row.Element("th")?.Value == "Wait, mean");
        Assert.Equal("30 min", mean.Element("td")!.Nodes().OfType<XText>().Single().Value);
        Assert.Equal("15\u00A0min … 45\u00A0min", mean.Element("td")!.Element("span")!.Value);
        Assert.Empty(page.Descendants("tr").First(row => row.Element("th")?.Value == "Cuts").Descendants("span"));
        Assert.Contains(
            "Rows left out: 1 (asks for no GPU), 1 (asks for a part of a GPU), 2 (never ran, or for no time).",
            page.Descendants("header").Single().Value, StringComparison.Ordinal);
        Assert.Contains("seeds 7 to 9", page.Descendants("footer").Single().Value, StringComparison.Ordinal);
        Assert.Equal(3, outcome.Jobs.Length);
    }

    [Theory]
    [InlineData("helios.csv", "helios.json")]
    [InlineData("openb.csv", "openb.json")]
    [InlineData("machine.swf", "swf.json")]
    public void Golden_figures_of_each_format(string file, string golden)
    {
        var trace = SampleTraces.Read(file);
        var options = new ReplayOptions { Nodes = 2, Estimates = DurationKnowledge.Stated };
        var outcomes = BaselineScheduler.All.Select(
            scheduler => scheduler.Run(trace, options, Silent.Progress) with { Elapsed = TimeSpan.Zero });

        Golden.Check(golden, Json(ReplayReport.Of(trace, options, outcomes)));
    }

    private static string Json(ReplayReport report) =>
        JsonSerializer.Serialize(report, ReportJson.Default.ReplayReport) + "\n";

    private static ReplayReport Report(params ReplayOutcome[] runs) =>
        ReplayReport.Of(Trace, TinyTrace.Fleet(4) with { Seed = 7 }, [Seeded(runs)]);

    private static SeededOutcomes Seeded(params ReplayOutcome[] runs) =>
        new([.. runs.Select((_, index) => 7UL + (ulong)index)], [.. runs]);

    /// <summary>The first job runs at once, the second after a wait.</summary>
    private static ReplayOutcome Run(int wait, StartForecast? forecast = null)
    {
        ImmutableArray<RunSegment> Segments(int start) => [new RunSegment(Minutes(start), Minutes(start + 60))];
        return new ReplayOutcome
        {
            Scheduler = "hand",
            Jobs = [new JobOutcome { Segments = Segments(0) },
                new JobOutcome { Segments = Segments(wait), Forecast = forecast }],
            LedgerHead = $"{wait}",
        };
    }

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
