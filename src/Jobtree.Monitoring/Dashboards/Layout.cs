namespace Jobtree.Monitoring.Dashboards;

/// <summary>A place on the grid of a dashboard, in columns and lines.</summary>
internal readonly record struct Place(int X, int Y, int Width, int Height);

/// <summary>
/// Places panels on Grafana's grid of 24 columns. Each row begins with its title; small panels share lines of up to
/// six, then come the others in lines of up to three, all of a line equally wide, and at last the wide ones.
/// </summary>
internal static class Layout
{
    private const int Columns = 24;
    private const int TitleHeight = 1;
    private const int SmallHeight = 4;
    private const int LargeHeight = 8;
    private const int SmallInLine = 6;
    private const int LargeInLine = 3;

    /// <summary>The place of each row's title, and of each of its panels.</summary>
    public static IEnumerable<(Row Row, Place Title, IReadOnlyList<(Panel Panel, Place Place)> Panels)> Of(
        Dashboard dashboard)
    {
        var y = 0;
        foreach (var row in dashboard.Rows)
        {
            var title = new Place(0, y, Columns, TitleHeight);
            y += TitleHeight;
            List<(Panel, Place)> placed = [];
            placed.AddRange(Lines([.. row.Panels.Where(panel => panel.IsSmall)], SmallInLine, SmallHeight, ref y));
            placed.AddRange(Lines(
                [.. row.Panels.Where(panel => !panel.IsSmall && !panel.IsWide)], LargeInLine, LargeHeight, ref y));
            placed.AddRange(Lines([.. row.Panels.Where(panel => panel.IsWide)], 1, LargeHeight, ref y));
            yield return (row, title, placed);
        }
    }

    private static List<(Panel, Place)> Lines(IReadOnlyList<Panel> panels, int inLineMax, int height, ref int y)
    {
        List<(Panel, Place)> placed = [];
        var lines = (panels.Count + inLineMax - 1) / inLineMax;
        for (var line = 0; line < lines; line++)
        {
            // As many in each line as in the others, and one more in the first ones if it does not divide.
            var inLine = (panels.Count / lines) + (line < panels.Count % lines ? 1 : 0);
            for (var i = 0; i < inLine; i++)
            {
                var (left, right) = (Columns * i / inLine, Columns * (i + 1) / inLine);
                placed.Add((panels[placed.Count], new Place(left, y, right - left, height)));
            }

            y += height;
        }

        return placed;
    }
}
