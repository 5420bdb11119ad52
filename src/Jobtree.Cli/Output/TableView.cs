namespace Jobtree.Cli.Output;

/// <summary>A table before it is known how wide it may be.</summary>
/// <param name="Columns">The columns from left to right.</param>
/// <param name="Rows">The rows, each with one cell per column.</param>
internal sealed record TableView(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows);
