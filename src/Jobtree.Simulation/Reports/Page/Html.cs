using System.Xml.Linq;

namespace Jobtree.Simulation.Reports.Page;

/// <summary>Elements of the page. Text is always escaped: nothing from a trace can become markup.</summary>
internal static class Html
{
    /// <summary>An element with a class and content.</summary>
    public static XElement Classed(string name, string style, params object?[] content) =>
        new(name, new XAttribute("class", style), content);

    /// <summary>A plot with its caption, legend and table.</summary>
    /// <param name="heading">The heading of the plot.</param>
    /// <param name="text">How to read it.</param>
    /// <param name="legend">The legend, or null.</param>
    /// <param name="plots">The drawings, side by side if there is room.</param>
    /// <param name="table">The figures behind the drawings, as text.</param>
    public static XElement Figure(
        string heading, string text, XElement? legend, IEnumerable<XElement> plots, XElement table) => new(
        "section",
        new XElement("h2", heading),
        Classed("p", "lead", text),
        legend,
        Classed("div", "plots", plots),
        new XElement("details", new XElement("summary", "Figures as a table"), Classed("div", "scroll", table)));

    /// <summary>A drawing with its own heading.</summary>
    public static XElement Panel(string heading, XElement drawing) =>
        Classed("figure", "panel", new XElement("figcaption", heading), drawing);

    /// <summary>A drawing over the full width.</summary>
    public static XElement Wide(XElement drawing) => Classed("figure", "wide", drawing);

    /// <summary>A legend that maps styles to names.</summary>
    public static XElement Legend(IEnumerable<(string Style, string Name)> entries)
    {
        var items = entries.Select(
            entry => new XElement("li", Classed("span", $"swatch {entry.Style}", string.Empty), entry.Name));
        return Classed("ul", "legend", items);
    }

    /// <summary>A table with a caption, column headers and a row header in each row.</summary>
    public static XElement Table(string caption, IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows)
    {
        var columns = header.Select(text => new XElement("th", new XAttribute("scope", "col"), text));
        return new XElement(
            "table",
            new XElement("caption", caption),
            new XElement("thead", new XElement("tr", columns)),
            new XElement("tbody", rows.Select(Row)));
    }

    private static XElement Row(IEnumerable<string> cells) => new("tr", cells.Select((text, index) => index == 0
        ? new XElement("th", new XAttribute("scope", "row"), text)
        : new XElement("td", text)));
}
