using System.Buffers;

namespace Jobtree.Manifests.Reading;

/// <summary>The allowed forms of names of all kinds.</summary>
internal static class Names
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const string Letters = Lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> LowerDashDot = SearchValues.Create(Lower + "-.");
    private static readonly SearchValues<char> LowerDash = SearchValues.Create(Lower + "-");
    private static readonly SearchValues<char> Plain = SearchValues.Create(Letters + "._-");
    private static readonly SearchValues<char> PlainSlash = SearchValues.Create(Letters + "._-/");
    private static readonly SearchValues<char> PlainColon = SearchValues.Create(Letters + "._-:");
    private static readonly SearchValues<char> PlainColonStar = SearchValues.Create(Letters + "._-:*");
    private static readonly SearchValues<char> Identifier = SearchValues.Create(Letters + "_");
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> LettersOnly = SearchValues.Create(Letters);
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\t\r\n\u2028\u2029");

    public static bool IsName(string text) => Is(text, 253, LowerDashDot) && HasEnds(text);

    public static bool IsNamePrefix(string text) => Is(text, 200, LowerDashDot) && char.IsAsciiLetterOrDigit(text[0]);

    public static bool IsNamespace(string text) => Is(text, 63, LowerDash) && HasEnds(text);

    public static bool IsFlavor(string text) => Is(text, 63, Plain) && char.IsAsciiLetterOrDigit(text[0]);

    public static bool IsOwner(string text) => Is(text, 256, PlainColon) && HasParts(text);

    public static bool IsOwnerPattern(string text) => Is(text, 256, PlainColonStar) && HasParts(text);

    public static bool IsLabelKey(string text) => Is(text, 317, PlainSlash) && HasEnds(text);

    public static bool IsLabelValue(string text) => text.Length == 0 || (Is(text, 63, Plain) && HasEnds(text));

    public static bool IsVariable(string text) => Is(text, 256, Identifier) && !char.IsAsciiDigit(text[0]);

    public static bool IsSecret(string text) => Is(text, 253, Plain) && char.IsAsciiLetterOrDigit(text[0]);

    public static bool IsImage(string text) => text.Length is > 0 and <= 1024 && !text.Any(char.IsWhiteSpace);

    public static bool IsLine(string text) => text.Length <= 4096 && !text.AsSpan().ContainsAny(LineEnds);

    public static bool IsWord(string text) => Is(text, 128, LettersOnly);

    public static bool IsSeed(string text) => Is(text, 128, Hexadecimal);

    public static bool IsLink(string text) => text.Length == 64 && Is(text, 64, Hexadecimal);

    private static bool Is(string text, int lengthMax, SearchValues<char> allowed) =>
        text.Length > 0 && text.Length <= lengthMax && !text.AsSpan().ContainsAnyExcept(allowed);

    private static bool HasEnds(string text) =>
        char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);

    private static bool HasParts(string text) =>
        text[0] != ':' && text[^1] != ':' && !text.Contains("::", StringComparison.Ordinal);
}
