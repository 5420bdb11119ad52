namespace Jobtree.Core.Model;

/// <summary>The identity of a run: <c>namespace/name</c>.</summary>
/// <param name="Namespace">The namespace; a lower-case DNS label.</param>
/// <param name="Name">The name, unique in the namespace; a lower-case DNS label.</param>
public readonly record struct RunKey(string Namespace, string Name) : IComparable<RunKey>
{
    /// <summary>The namespace of a run that does not name one.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>Reads <c>namespace/name</c>, or a bare name in <see cref="DefaultNamespace"/>.</summary>
    /// <param name="text">The text to read.</param>
    /// <param name="key">The key, when the text has the shape of one.</param>
    /// <returns>Whether the text has at most one slash and no empty part.</returns>
    public static bool TryParse(string text, out RunKey key)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        key = slash < 0 ? new RunKey(DefaultNamespace, text) : new RunKey(text[..slash], text[(slash + 1)..]);
        return key.Namespace.Length > 0 && key.Name.Length > 0 && !key.Name.Contains('/', StringComparison.Ordinal);
    }

    /// <summary>Reads <c>namespace/name</c>.</summary>
    /// <param name="text">The text to read.</param>
    /// <returns>The key.</returns>
    /// <exception cref="FormatException">The text is not a run key.</exception>
    public static RunKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is not a run; write namespace/name.");

    /// <summary>Orders by namespace, then name, ordinally.</summary>
    /// <param name="other">The other key.</param>
    /// <returns>Less than, equal to or greater than zero.</returns>
    public int CompareTo(RunKey other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Concat(Namespace, "/", Name);

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(RunKey left, RunKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(RunKey left, RunKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(RunKey left, RunKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(RunKey left, RunKey right) => left.CompareTo(right) >= 0;
}
