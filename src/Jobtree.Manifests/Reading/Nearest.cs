namespace Jobtree.Manifests.Reading;

/// <summary>Guesses which allowed word was intended.</summary>
internal static class Nearest
{
    private const int LengthMax = 40;

    /// <summary>The word with the fewest typing mistakes relative to the text, if they are few.</summary>
    public static string? To(string text, IEnumerable<string> words)
    {
        if (text.Length > LengthMax)
            return null;
        var best = words.MinBy(word => Mistakes(text.ToUpperInvariant(), word.ToUpperInvariant()));
        return best is not null && Mistakes(text.ToUpperInvariant(), best.ToUpperInvariant()) <= Math.Max(
            1, best.Length / 3) ? best : null;
    }

    // Insertions, deletions, replacements and swaps of neighbours.
    private static int Mistakes(string from, string to)
    {
        var table = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var replaced = table[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                var least = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    least = Math.Min(least, table[i - 2, j - 2] + 1);
                table[i, j] = least;
            }
        }
        return table[from.Length, to.Length];
    }
}
