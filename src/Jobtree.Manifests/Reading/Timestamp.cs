using System.Globalization;

namespace Jobtree.Manifests.Reading;

/// <summary>Instants in RFC 3339, to a tenth of a microsecond.</summary>
public static class Timestamp
{
    /// <summary>The allowed form of an instant, for error messages.</summary>
    public const string Allowed = "a time such as 2026-01-31T08:00:00Z or 2026-01-31T09:00:00+01:00, from year 1970 on";

    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";

    /// <summary>Reads an instant.</summary>
    /// <param name="text">The text to read.</param>
    /// <param name="time">The instant, if the text is one.</param>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        // The format alone would also accept a time without an offset, and offsets such as +1.
        if (text.Length is < 20 or > 33 || !(text[^1] == 'Z' || (text[^6] is '+' or '-' && text[^3] == ':')))
            return false;
        return text[19] is not '.' || char.IsAsciiDigit(text[20])
            ? DateTimeOffset.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal,
                out time) && time.Year >= 1970
            : false;
    }

    /// <summary>Formats an instant so that <see cref="TryParse"/> reads the same value back.</summary>
    /// <param name="time">The instant.</param>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
