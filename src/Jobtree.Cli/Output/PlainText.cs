using System.Buffers;
using System.Globalization;
using System.Text;

namespace Jobtree.Cli.Output;

/// <summary>
/// Makes foreign text safe to show. A control character could move the cursor, or recolor or retitle the terminal. A
/// character that changes the writing direction could make a line read as something else.
/// </summary>
internal static class PlainText
{
    private static readonly SearchValues<char> Printable =
        SearchValues.Create(Enumerable.Range(0x20, 0x5f).Select(code => (char)code).ToArray());

    /// <summary>The text on one line, with every unsafe character escaped like <c>\u001b</c>.</summary>
    /// <param name="text">Any text.</param>
    public static string Of(string text) => Replace(text, keepLines: false);

    /// <summary>The text with its line breaks and tabs; everything else as in <see cref="Of"/>.</summary>
    /// <param name="text">Any text.</param>
    public static string Lines(string text) => Replace(text, keepLines: true);

    private static string Replace(string text, bool keepLines)
    {
        if (!text.AsSpan().ContainsAnyExcept(Printable))
            return text;
        var plain = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\t')
                plain.Append(keepLines ? (char)rune.Value : ' ');
            else if (IsUnsafe(rune))
                AppendEscaped(plain, rune);
            else
                plain.Append(rune);
        }
        return plain.ToString();
    }

    // Escapes UTF-16 code units, as JSON does, so that JSON stays valid.
    private static void AppendEscaped(StringBuilder plain, Rune rune)
    {
        Span<char> halves = stackalloc char[2];
        foreach (var half in halves[..rune.EncodeToUtf16(halves)])
            plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)half:x4}");
    }

    private static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
