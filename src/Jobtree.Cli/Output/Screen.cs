using System.Text;
using Spectre.Console;

namespace Jobtree.Cli.Output;

/// <summary>Prints tables and lines for people. All text may come from others and is made safe to show.</summary>
/// <param name="writer">The destination.</param>
/// <param name="error">The destination of messages that are not data.</param>
/// <param name="width">The terminal's width; absent: unlimited.</param>
/// <param name="colors">Whether to color.</param>
/// <param name="now">The current instant, for ages and countdowns.</param>
/// <param name="zone">The time zone for times of day.</param>
internal sealed class Screen(
    TextWriter writer, TextWriter error, int? width, bool colors, DateTimeOffset now, TimeZoneInfo zone)
{
    private const int Gap = 3;

    /// <summary>The current instant, for ages and countdowns.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>An instant relative to now and as a time of day: <c>in 12m (13:45)</c>.</summary>
    public string At(DateTimeOffset at) => $"{Humanize.When(at, Now)} ({Humanize.Clock(at, Now, zone)})";

    /// <summary>Prints one line.</summary>
    public void Line(string text, Tone tone = Tone.Plain)
    {
        var plain = PlainText.Of(text);
        if (tone == Tone.Plain || !colors)
            writer.WriteLine(plain);
        else
            Render(new Text(plain, StyleOf(tone)), int.MaxValue / 2);
    }

    /// <summary>Prints a message that is not data, such as that a list is empty.</summary>
    public void Notice(string text) => error.WriteLine(PlainText.Of(text));

    /// <summary>Prints a heading and one line per item; prints nothing if there are no items.</summary>
    public void Section(string heading, IReadOnlyList<string> items)
    {
        if (items.Count == 0)
            return;
        writer.WriteLine();
        Line(heading, Tone.Strong);
        foreach (var item in items)
            Line($"  {item}");
    }

    /// <summary>Prints names and values, one pair per line, with the values aligned.</summary>
    public void Fields(IReadOnlyList<(string Name, string? Value)> fields)
    {
        var present = fields.Where(field => !string.IsNullOrEmpty(field.Value)).ToArray();
        var longest = present.Length == 0 ? 0 : present.Max(field => field.Name.Length);
        foreach (var (name, value) in present)
            Line($"{(name + ":").PadRight(longest + 2)}{value}");
    }

    /// <summary>Prints a table, without the columns that do not fit the terminal.</summary>
    public void Table(TableView view)
    {
        var cells = view.Rows.Select(row => row.Select(cell => cell with { Text = PlainText.Of(cell.Text) }).ToArray())
            .ToArray();
        var widths = view.Columns.Select((column, i) => cells.Select(row => row[i].Text.GetCellWidth())
            .Append(column.Header.Length).Max()).ToArray();
        var shown = Fit(view.Columns, widths);
        var table = new Table { Border = TableBorder.None };
        foreach (var i in shown)
        {
            var heading = new Text(view.Columns[i].Header, StyleOf(Tone.Strong));
            table.AddColumn(new TableColumn(heading)
            {
                Padding = new Padding(0, 0, i == shown[^1] ? 0 : Gap, 0),
                Alignment = view.Columns[i].Right ? Justify.Right : Justify.Left,
            });
        }
        foreach (var row in cells)
            table.AddRow(shown.Select(i => new Text(row[i].Text, StyleOf(row[i].Tone))));
        Render(table, width ?? Total(shown, widths) + Gap);
    }

    private List<int> Fit(IReadOnlyList<Column> columns, int[] widths)
    {
        var shown = Enumerable.Range(0, columns.Count).ToList();
        while (width is { } room && Total(shown, widths) > room && shown.MaxBy(i => columns[i].Rank) is var last
            && columns[last].Rank > 0)
            shown.Remove(last);
        return shown;
    }

    private static int Total(List<int> shown, int[] widths) => shown.Sum(i => widths[i]) + Gap * (shown.Count - 1);

    // Spectre pads every line to the table's width. The padding is removed so that copied or compared output has no
    // trailing blanks.
    private void Render(Spectre.Console.Rendering.IRenderable renderable, int room)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new SizedOutput(text, room),
            Ansi = colors ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Write(renderable);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
            writer.WriteLine(line.TrimEnd());
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Notable => new Style(Color.Yellow),
        Tone.Bad => new Style(Color.Red),
        Tone.Faint => new Style(decoration: Decoration.Dim),
        Tone.Strong => new Style(decoration: Decoration.Bold),
        _ => Style.Plain,
    };
}
