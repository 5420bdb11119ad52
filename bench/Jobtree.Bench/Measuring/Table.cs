namespace Jobtree.Bench.Measuring;

/// <summary>A plain table: the first column to the left, figures to the right.</summary>
internal sealed class Table(string title, params string[] headers)
{
    private readonly List<string[]> rows = [];

    public void Add(params string[] cells) => rows.Add(cells);

    public void Print()
    {
        var widths = headers.Select((header, column) =>
            Math.Max(header.Length, rows.Select(row => row[column].Length).DefaultIfEmpty().Max())).ToArray();
        Console.WriteLine();
        Console.WriteLine(title);
        Line(headers);
        Line([.. widths.Select(width => new string('-', width))]);
        foreach (var row in rows)
            Line(row);

        void Line(string[] cells) =>
            Console.WriteLine(string.Join("  ", cells.Select((cell, column) => column == 0
                ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
    }
}
