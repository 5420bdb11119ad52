namespace Jobtree.Core.Funding;

/// <summary>Patterns over owners, in which <c>*</c> stands for any text, such as <c>org:ai:*</c>.</summary>
public static class OwnerPattern
{
    /// <summary>Whether a pattern matches an owner.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="owner">The owner.</param>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> owner)
    {
        // Greedy match with one backtracking point: when a literal fails, the last star takes one more character.
        int p = 0, o = 0, star = -1, resume = 0;
        while (o < owner.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, resume, p) = (p, o, p + 1);
            else if (p < pattern.Length && pattern[p] == owner[o])
                (p, o) = (p + 1, o + 1);
            else if (star >= 0)
                (p, o, resume) = (star + 1, resume + 1, resume + 1);
            else
                return false;
        }
        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }

    /// <summary>Whether an owner is the same as another or below it on its path.</summary>
    /// <param name="owner">The owner that may be below.</param>
    /// <param name="above">The owner or path above. <c>*</c> is above all owners.</param>
    public static bool IsAtOrBelow(string owner, string above) =>
        above == "*" || owner == above || (owner.Length > above.Length && owner[above.Length] == ':'
            && owner.StartsWith(above, StringComparison.Ordinal));
}
