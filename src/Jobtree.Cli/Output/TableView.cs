namespace Jobtree.Cli.Output;

/// <summary>A table whose width is not decided yet.</summary>
/// <param name="Columns">The columns from left to right.</param>
/// <param name="Rows">The rows, each with one cell per column.</param>
internal sealed record TableView(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows);

/// <summary>One column of a table.</summary>
/// <param name="Header">Its heading, in capitals.</param>
/// <param name="Rank">If the terminal is too narrow, the columns with the highest rank are dropped first; rank 0 is
/// never dropped.</param>
/// <param name="Right">Whether it contains numbers, which are right-aligned.</param>
internal sealed record Column(string Header, int Rank = 0, bool Right = false);
