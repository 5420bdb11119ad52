namespace Jobtree.Cli.Output;

/// <summary>One column of a table.</summary>
/// <param name="Header">Its heading, in capitals.</param>
/// <param name="Rank">When the terminal is too narrow the columns with the highest rank go first; 0 stays
/// always.</param>
/// <param name="Right">Whether it holds numbers, set flush right.</param>
internal sealed record Column(string Header, int Rank = 0, bool Right = false);
