using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.Seeds;

/// <summary>The tables of <c>docs/seeds.md</c>: every item of the documents, and what stands for it here.</summary>
internal static partial class SeedTable
{
    /// <summary>Where it is.</summary>
    public const string Path = "docs/seeds.md";

    private const int CellCount = 7;

    /// <summary>The rows of the repository.</summary>
    public static IReadOnlyList<SeedRow> Shipped(Repository repository) => Read(repository.Read(Path));

    /// <summary>Reads the rows of all tables.</summary>
    public static IReadOnlyList<SeedRow> Read(string page) =>
        [.. page.Split('\n').Where(line => RowStart().IsMatch(line)).Select(Row)];

    private static SeedRow Row(string line)
    {
        string[] cells = [.. Bar().Split(line.Trim()[1..^1]).Select(cell => cell.Trim().Replace(@"\|", "|"))];
        if (cells.Length != CellCount)
            throw new FormatException($"{Path}: {cells[0]} has {cells.Length} cells, not {CellCount}: {line}");
        return new SeedRow(
            cells[0], cells[1], Codes(cells[2]) is [var code] && cells[2] == $"`{code}`" ? code : cells[2],
            Codes(cells[3]), Codes(cells[4]), cells[5], cells[6]);
    }

    private static IReadOnlyList<string> Codes(string cell) =>
        [.. Code().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^\| [A-Z]\d+ \|")]
    private static partial Regex RowStart();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}

/// <summary>An item of a document.</summary>
/// <param name="Id">The document's letter and a number.</param>
/// <param name="Kind">What it is, such as a metric, a query or a panel.</param>
/// <param name="Item">As the document has it: a name with labels, the exact line, or a description.</param>
/// <param name="Stands">What stands for it here.</param>
/// <param name="Where">The files that have it.</param>
/// <param name="Data">When a metric or query has data.</param>
/// <param name="Why">Why it was mapped; empty if it is the same thing.</param>
internal sealed record SeedRow(
    string Id, string Kind, string Item, IReadOnlyList<string> Stands, IReadOnlyList<string> Where, string Data,
    string Why);
