using System.Buffers;
using System.Globalization;
using System.Text;

namespace Jobtree.Manifests.Tree;

/// <summary>Defines which characters a manifest may not contain, and quotes foreign text in messages.</summary>
internal static class TextRules
{
    private const int QuotedMax = 60;
    private const int SentenceMax = 200;

    // Control characters except tab and line ends, and characters that change the writing direction: on a terminal they
    // would make readers see something that is not there.
    private static readonly SearchValues<char> Refused = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(code => (char)code)
            .Where(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r')),
            '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069']);

    /// <summary>Describes what is wrong with a text; null if nothing is.</summary>
    public static string? Fault(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(Refused);
        if (at >= 0)
            return string.Create(CultureInfo.InvariantCulture,
                $"holds the control character U+{(int)text[at]:X4}, which is not allowed");
        return HasLoneSurrogate(text) ? "holds half of a surrogate pair, which is no character" : null;
    }

    /// <summary>Quotes a text, shortened and harmless to print.</summary>
    public static string Quote(string text) => $"'{Shorten(text, QuotedMax)}'";

    /// <summary>A text without quotes, shortened and harmless to print.</summary>
    public static string Show(string text) => Shorten(text, QuotedMax);

    /// <summary>
    /// A library's message, which may repeat foreign text: shortened, harmless to print, without a full stop.
    /// </summary>
    public static string Sentence(string message) => Shorten(message, SentenceMax).TrimEnd('.');

    private static string Shorten(string text, int lengthMax)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= lengthMax)
                return shown.Append("...").ToString();
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                shown.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            else
                shown.Append(rune);
        }
        return shown.ToString();
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0)
        {
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))
                return true;
            text = text[(at + 2)..];
            at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        }
        return false;
    }
}
