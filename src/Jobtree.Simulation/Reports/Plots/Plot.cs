using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Jobtree.Simulation.Reports.Plots;

/// <summary>
/// A plot as inline SVG: axes, grid, and marks styled by the page's classes. Later marks are drawn on top. A title and
/// a description make it accessible to screen readers.
/// </summary>
internal sealed class Plot
{
    private const double Top = 22;
    private const double Right = 18;
    private const double Bottom = 46;

    private readonly string _id;
    private readonly string _title;
    private readonly string _description;
    private readonly double _width;
    private readonly double _height;
    private readonly double _left;
    private readonly Axis _x;
    private readonly Axis _y;
    private readonly List<XElement> _marks = [];
    private readonly List<XElement> _notes = [];

    /// <summary>An empty plot.</summary>
    /// <param name="id">Unique in the page.</param>
    /// <param name="title">The title.</param>
    /// <param name="description">A description for screen readers.</param>
    /// <param name="size">Width and height in pixels.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="left">The space for the labels of the vertical axis, in pixels.</param>
    public Plot(string id, string title, string description, (double Width, double Height) size, Axis x, Axis y,
        double left = 64)
    {
        (_id, _title, _description, _x, _y, _left) = (id, title, description, x, y, left);
        (_width, _height) = size;
    }

    private double PlotWidth => _width - _left - Right;

    private double PlotHeight => _height - Top - Bottom;

    /// <summary>Draws a line through points.</summary>
    public void Line(IEnumerable<PlotPoint> points, string style) =>
        Mark("path", $"line {style}", ("d", Path(points)));

    /// <summary>Fills the area between points and the bottom.</summary>
    public void Area(IReadOnlyList<PlotPoint> points, string style) =>
        Band(points, [.. points.Select(point => point with { Y = _y.Min })], style);

    /// <summary>Fills the area between two series of points.</summary>
    public void Band(IReadOnlyList<PlotPoint> upper, IReadOnlyList<PlotPoint> lower, string style)
    {
        if (upper.Count > 0)
            Mark("path", $"area {style}", ("d", Path(upper.Concat(lower.Reverse())) + "Z"));
    }

    /// <summary>Draws a bar from the bottom.</summary>
    public void Bar(double from, double to, double height, string style, string tip) => Mark(
        "rect",
        $"bar {style}",
        tip,
        ("x", Text(X(from) + 0.5)),
        ("y", Text(Y(height))),
        ("width", Text(Math.Max(0.5, X(to) - X(from) - 1))),
        ("height", Text(Y(_y.Min) - Y(height))));

    /// <summary>Draws a dot.</summary>
    public void Dot(PlotPoint at, double radius, string style, string? tip = null) =>
        Mark("circle", $"dot {style}", tip, ("cx", Text(X(at.X))), ("cy", Text(Y(at.Y))), ("r", Text(radius)));

    /// <summary>Draws a straight line, such as a reference line or a range.</summary>
    public void Stroke(PlotPoint from, PlotPoint to, string style, string? tip = null) => Mark(
        "line",
        style,
        tip,
        ("x1", Text(X(from.X))),
        ("y1", Text(Y(from.Y))),
        ("x2", Text(X(to.X))),
        ("y2", Text(Y(to.Y))));

    /// <summary>Writes a label above all marks.</summary>
    public void Label(PlotPoint at, string text, string anchor, double dx = 0, double dy = 0) =>
        _notes.Add(Word("note", X(at.X) + dx, Y(at.Y) + dy, anchor, text));

    /// <summary>The SVG of the plot.</summary>
    public XElement ToSvg()
    {
        var svg = new XElement(
            "svg",
            new XAttribute("viewBox", $"0 0 {Text(_width)} {Text(_height)}"),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", $"{_id}-t {_id}-d"),
            new XElement("title", new XAttribute("id", $"{_id}-t"), _title),
            new XElement("desc", new XAttribute("id", $"{_id}-d"), _description));
        svg.Add(_x.Ticks.SelectMany(VerticalGrid), _y.Ticks.SelectMany(HorizontalGrid), _marks, _notes, Titles());
        return svg;
    }

    private IEnumerable<XElement> VerticalGrid(Tick tick) =>
    [
        Element("line", "grid", ("x1", Text(X(tick.Value))), ("x2", Text(X(tick.Value))), ("y1", Text(Top)),
            ("y2", Text(Top + PlotHeight))),
        Word("tick", X(tick.Value), Top + PlotHeight + 17, "middle", tick.Label),
    ];

    private IEnumerable<XElement> HorizontalGrid(Tick tick)
    {
        var y = Text(Y(tick.Value));
        if (_y.Grid)
            yield return Element("line", "grid", ("x1", Text(_left)), ("x2", Text(_left + PlotWidth)), ("y1", y),
                ("y2", y));
        yield return Word("tick", _left - 9, Y(tick.Value) + 4, "end", tick.Label);
    }

    private IEnumerable<XElement> Titles()
    {
        yield return Word("axis", _left + (PlotWidth / 2), _height - 8, "middle", _x.Title);
        if (_y.Title.Length == 0)
            yield break;
        var vertical = Word("axis", 0, 0, "middle", _y.Title);
        vertical.Add(new XAttribute("transform", $"translate(13 {Text(Top + (PlotHeight / 2))}) rotate(-90)"));
        yield return vertical;
    }

    private double X(double value) => _left + (_x.Position(value) * PlotWidth);

    private double Y(double value) => Top + ((1 - _y.Position(value)) * PlotHeight);

    private string Path(IEnumerable<PlotPoint> points)
    {
        var path = new StringBuilder();
        foreach (var point in points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Text(X(point.X))).Append(' ').Append(Text(Y(point.Y)));
        return path.ToString();
    }

    private void Mark(string name, string style, params ReadOnlySpan<(string Name, string Value)> attributes) =>
        _marks.Add(Element(name, style, attributes));

    private void Mark(string name, string style, string? tip,
        params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Mark(name, style, attributes);
        if (tip is not null)
            _marks[^1].Add(new XElement("title", tip));
    }

    private static XElement Word(string style, double x, double y, string anchor, string text)
    {
        var word = Element("text", style, ("x", Text(x)), ("y", Text(y)), ("text-anchor", anchor));
        word.Add(text);
        return word;
    }

    private static XElement Element(
        string name, string style, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var element = new XElement(name, new XAttribute("class", style));
        foreach (var (attribute, value) in attributes)
            element.Add(new XAttribute(attribute, value));
        return element;
    }

    private static string Text(double pixels) => Math.Round(pixels, 1).ToString(CultureInfo.InvariantCulture);
}

/// <summary>A point in axis units.</summary>
internal readonly record struct PlotPoint(double X, double Y);
