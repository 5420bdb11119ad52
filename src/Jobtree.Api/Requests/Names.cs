using System.Buffers;

namespace Jobtree.Api.Requests;

/// <summary>
/// The names that a path may contain. The fleet decides which names exist; this check keeps all other text out of
/// messages and look-ups.
/// </summary>
internal static class Names
{
    public const string Allowed =
        "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit";
    private const int NameLengthMax = 253;
    private const int LabelLengthMax = 63;
    private const int FlavorLengthMax = 128;
    private static readonly SearchValues<char> NameLetters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-.");
    private static readonly SearchValues<char> FlavorLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsName(string text) =>
        text.Length is > 0 and <= NameLengthMax
        && text.AsSpan().IndexOfAnyExcept(NameLetters) < 0
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);

    public static bool IsLabel(string text) => text.Length <= LabelLengthMax && IsName(text);

    public static bool IsFlavor(string text) =>
        text.Length is > 0 and <= FlavorLengthMax && text.AsSpan().IndexOfAnyExcept(FlavorLetters) < 0;

    /// <summary>Whether a text is the key of a budget, with or without its namespace.</summary>
    public static bool IsBudget(string key) =>
        key.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0 ? IsName(key)
            : IsLabel(key[..slash]) && IsName(key[(slash + 1)..]);

    /// <summary>
    /// Whether a text is a relative path of plain names: no parent segment, no absolute path, no hidden file.
    /// </summary>
    public static bool IsLogFile(string text) =>
        text.Length is > 0 and <= NameLengthMax
        && text.Split('/').All(part => part.Length > 0 && part[0] != '.' && part.AsSpan()
            .IndexOfAnyExcept(FlavorLetters) < 0);
}
