using Jobtree.Cli.Output;

namespace Jobtree.Cli.Tests.Output;

public sealed class ScreenTests
{
    private static readonly TableView View = new(
        [new Column("NAME"), new Column("STATE", 1), new Column("NOTE", 2)],
        [[new Cell("a[red]b[/]"), new Cell("Ready", Tone.Good), "\u001b[31mhostile\u001b[0m"]]);

    [Fact]
    public void Markup_and_escapes_in_cells_are_shown_as_they_are()
    {
        var text = Print(View, width: null, colors: false);
        Assert.Equal("NAME         STATE   NOTE\na[red]b[/]   Ready   \\u001b[31mhostile\\u001b[0m\n", text);
    }

    [Fact]
    public void Colors_are_ours_only()
    {
        var text = Print(View, width: 80, colors: true);
        Assert.Contains("\u001b[32mReady\u001b[0m", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[31m", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, "NAME         STATE   NOTE")]
    [InlineData(20, "NAME         STATE")]
    [InlineData(12, "NAME")]
    public void Columns_go_by_rank_when_there_is_no_room(int width, string header) =>
        Assert.Equal(header, Print(View, width, colors: false).Split('\n')[0]);

    [Fact]
    public void Wide_characters_count_as_two() =>
        Assert.Equal("NAME   X\n世界   1\n",
            Print(new TableView([new Column("NAME"), new Column("X")], [["世界", "1"]]), width: null, colors: false));

    private static string Print(TableView view, int? width, bool colors)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new Screen(text, TextWriter.Null, width, colors, DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc).Table(view);
        return text.ToString();
    }
}
