namespace Jobtree.Cli.Output;

/// <summary>A table before it is known how wide it may be.</summary>
/// <param name="Columns">The columns from left to right.</param>
/// <param name="Rows">The rows, each with one cell per column.</param>
internal sealed record TableView(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows);

/// <summary>One column of a table.</summary>
/// <param name="Header">Its heading, in capitals.</param>
/// <param name="Rank">When the terminal is too narrow the columns with the highest rank go first; 0 stays
/// always.</param>
/// <param name="Right">Whether it holds numbers, set flush right.</param>
internal sealed record Column(string Header, int Rank = 0, bool Right = false);
