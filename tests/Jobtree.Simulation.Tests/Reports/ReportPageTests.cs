using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Reports.Page;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Reports;

public sealed class ReportPageTests
{
    private const string Hostile = "<script>alert('x')</script>&\"]]>--><img src=x onerror=y>";

    [Fact]
    public void The_page_is_well_formed_and_has_every_plot_with_a_title_and_a_table()
    {
        var page = Page(ReplayReportTests.Synthetic(), new StandInScheduler(), [.. BaselineScheduler.All]);

        var drawings = page.Descendants("svg").ToList();
        Assert.Equal(13, drawings.Count);
        Assert.All(drawings, svg =>
        {
            var ids = svg.Attribute("aria-labelledby")!.Value.Split(' ');
            Assert.Equal(ids, svg.Elements().Where(element => element.Name.LocalName is "title" or "desc")
                .Select(element => element.Attribute("id")!.Value));
        });
        var all = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(all.Distinct(), all);
        Assert.Equal(
            ["Comparison", "Utilization", "Queue", "Waits by size", "Waits by class", "Waits by virtual cluster",
                "Forecasts", "Who pays", "Fragmentation"],
            page.Descendants("h2").Select(heading => heading.Value));
        Assert.All(page.Descendants("section"), section => Assert.NotEmpty(section.Descendants("td")));
    }

    [Fact]
    public void The_page_fetches_and_runs_nothing()
    {
        var page = Page(ReplayReportTests.Synthetic(), new StandInScheduler(), [.. BaselineScheduler.All]);

        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "link" or "img"
            or "iframe" or "object" or "image" or "use");
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href"
            or "style" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("url(", ReportStyle.Css, StringComparison.Ordinal);
        Assert.DoesNotContain(ReportStyle.Css, character => character is '<' or '>' or '&');
    }

    [Fact]
    public void Names_from_the_trace_are_text_and_never_markup()
    {
        var trace = new JobTrace(Hostile, TinyTrace.Of((Hostile, 0, 1, 5), ("b", 1, 2, 5)).Jobs);

        var page = Page(trace, new StandInScheduler(Hostile), []);

        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "img");
        Assert.Contains(Hostile, page.Descendants("title").First().Value, StringComparison.Ordinal);
        Assert.Contains(page.Descendants("th"), header => header.Value == Hostile);
    }

    [Fact]
    public void Positions_are_numbers_inside_the_drawing()
    {
        var page = Page(ReplayReportTests.Synthetic(), new StandInScheduler(), [.. BaselineScheduler.All]);

        foreach (var svg in page.Descendants("svg"))
        {
            var box = svg.Attribute("viewBox")!.Value.Split(' ').Select(
                part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            foreach (var at in svg.Descendants().Attributes()
                .Where(attribute => attribute.Name.LocalName is "x" or "x1" or "x2" or "cx"))
                Assert.InRange(double.Parse(at.Value, CultureInfo.InvariantCulture), 0, box[2]);
            foreach (var at in svg.Descendants().Attributes()
                .Where(attribute => attribute.Name.LocalName is "y" or "y1" or "y2" or "cy"))
                Assert.InRange(double.Parse(at.Value, CultureInfo.InvariantCulture), 0, box[3]);
            Assert.All(svg.Descendants("path"), path =>
                Assert.DoesNotContain("NaN", path.Attribute("d")!.Value, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_single_job_makes_a_page() => Assert.NotEmpty(
        Page(TinyTrace.Of((0, 1, 1)), new StandInScheduler(), [.. BaselineScheduler.All]).Descendants("svg"));

    [Fact]
    public void Jobs_that_are_all_refused_make_a_page() =>
        Assert.NotEmpty(Page(TinyTrace.Of((0, 9_999, 1)), BaselineScheduler.All[0], []).Descendants("svg"));

    private static XDocument Page(JobTrace trace, IReplayScheduler subject, ImmutableArray<IReplayScheduler> baselines)
    {
        var options = new ReplayOptions { Nodes = 8 };
        var outcomes = baselines.Insert(0, subject).Select(scheduler => scheduler.Run(trace, options, Silent.Progress))
            .ToImmutableArray();
        var writer = new StringWriter();
        ReportPage.Write(writer, trace, ReplayReport.Of(trace, options, outcomes), outcomes);
        Assert.StartsWith("<!DOCTYPE html", writer.ToString(), StringComparison.Ordinal);
        return XDocument.Parse(writer.ToString());
    }
}
