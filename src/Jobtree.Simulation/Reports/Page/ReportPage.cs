using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>
/// The report as one page: everything is inline, nothing is fetched, and there are no scripts. The page is well-formed
/// XML and valid HTML.
/// </summary>
internal static class ReportPage
{
    /// <summary>Writes the page.</summary>
    public static void Write(
        TextWriter writer, JobTrace trace, ReplayReport report, ImmutableArray<ReplayOutcome> outcomes)
    {
        var page = Document(new ReportData(trace, report, outcomes));
        using var xml = XmlWriter.Create(
            writer, new XmlWriterSettings { OmitXmlDeclaration = true, CloseOutput = false });
        page.Save(xml);
    }

    private static XDocument Document(ReportData data) => new(
        new XDocumentType("html", null, null, null),
        new XElement(
            "html",
            new XAttribute("lang", "en"),
            Head(data.Report),
            new XElement("body", new XElement("main", Body(data)), Foot(data.Report))));

    private static XElement Head(ReplayReport report) => new(
        "head",
        new XElement("meta", new XAttribute("charset", "utf-8")),
        new XElement("meta", new XAttribute("name", "viewport"),
            new XAttribute("content", "width=device-width, initial-scale=1")),
        new XElement(
            "meta",
            new XAttribute("http-equiv", "Content-Security-Policy"),
            new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'")),
        new XElement("meta", new XAttribute("name", "color-scheme"), new XAttribute("content", "light dark")),
        new XElement("title", $"Jobtree replay of {report.Trace.Name}"),
        new XElement("style", ReportStyle.Css));

    private static IEnumerable<XElement?> Body(ReportData data) =>
    [
        Headline.Title(data.Report),
        Headline.Cards(data.Report),
        Headline.Comparison(data.Report),
        TimeSection.Utilization(data),
        TimeSection.Queue(data),
        WaitSection.BySize(data),
        WaitSection.ByClass(data),
        WaitSection.ByCluster(data),
        ForecastSection.Of(data),
        FleetSection.Funding(data),
        FleetSection.Fragmentation(data),
    ];

    private static XElement Foot(ReplayReport report) => new(
        "footer",
        new XElement(
            "p",
            "Baselines: FCFS starts jobs strictly in order of arrival. EASY backfill reserves for the head of the "
            + "queue and lets later jobs run ahead if they do not delay it. Static partition gives every virtual "
            + "cluster GPUs of its own. Response ratio starts whoever has the greatest wait over expected duration, "
            + "and lets nobody be overtaken for more than 12 hours. They count GPUs and do not place them, which "
            + "favours them slightly: a gang never has to fit a node or a domain."),
        new XElement("p",
            $"Flavor {report.Fleet.Flavor}, {Seeds(report.Fleet)}. All figures, with units in their names, are in "
            + $"{ReportFiles.FiguresFile} ({report.Schema})."));

    private static string Seeds(FleetFigures fleet) => fleet.Seeds is { } count
        ? $"seeds {fleet.Seed} to {fleet.Seed + (ulong)count - 1}"
        : $"seed {fleet.Seed}";
}
