using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Jobtree.Core.Json;

/// <summary>Durations in the notation of manifests: <c>1h30m</c>, <c>45s</c>, <c>250ms</c>, <c>2d</c>.</summary>
public static class Duration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    // Longest names first, so that "ms" is not read as "m" with a stray "s".
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
            ("µs", TimeSpan.TicksPerMicrosecond), ("w", 7 * TimeSpan.TicksPerDay),
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute),
            ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>The allowed form of a duration, for error messages.</summary>
    public const string Allowed = "a duration such as 30m, 1h30m or 2d";

    /// <summary>Reads a sequence of numbers with units; <c>0</c> needs no unit.</summary>
    /// <param name="text">The text to read.</param>
    /// <param name="duration">The duration, if the text is one.</param>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0")
            return true;
        var rest = text.AsSpan();
        var ticks = 0m;
        if (rest.IsEmpty)
            return false;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !TryAmount(rest[..digits], out var amount))
                return false;
            rest = rest[digits..];
            var unit = UnitOf(rest);
            if (unit < 0 || amount > long.MaxValue / Units[unit].Ticks)
                return false;
            ticks += amount * Units[unit].Ticks;
            rest = rest[Units[unit].Unit.Length..];
        }
        if (ticks > TimeSpan.MaxValue.Ticks)
            return false;
        duration = new TimeSpan((long)ticks);
        return true;
    }

    /// <summary>The most characters that <see cref="Format(TimeSpan)"/> writes.</summary>
    internal const int LengthMax = 64;

    /// <summary>
    /// Formats a duration so that <see cref="TryParse"/> reads the same value back, to a tenth of a microsecond.
    /// </summary>
    /// <param name="duration">The duration. A negative one gets a leading minus, for display only.</param>
    public static string Format(TimeSpan duration)
    {
        Span<byte> text = stackalloc byte[LengthMax];
        return Encoding.ASCII.GetString(text[..Format(duration, text)]);
    }

    /// <summary>Formats a duration as ASCII.</summary>
    /// <returns>The number of characters written.</returns>
    internal static int Format(TimeSpan duration, Span<byte> text)
    {
        if (duration == TimeSpan.Zero)
        {
            "0s"u8.CopyTo(text);
            return 2;
        }
        var length = 0;
        if (duration < TimeSpan.Zero)
            text[length++] = (byte)'-';
        var ticks = Math.Abs(duration.Ticks);
        AppendWhole(text, ref length, ref ticks, TimeSpan.TicksPerHour, (byte)'h');
        AppendWhole(text, ref length, ref ticks, TimeSpan.TicksPerMinute, (byte)'m');
        if (ticks > 0)
        {
            ((decimal)ticks / TimeSpan.TicksPerSecond).TryFormat(
                text[length..], out var written, "0.#######", CultureInfo.InvariantCulture);
            length += written;
            text[length++] = (byte)'s';
        }
        return length;
    }

    private static void AppendWhole(Span<byte> text, ref int length, ref long ticks, long unit, byte name)
    {
        if (ticks < unit)
            return;
        Utf8Formatter.TryFormat(ticks / unit, text[length..], out var written);
        length += written;
        text[length++] = name;
        ticks %= unit;
    }

    private static bool TryAmount(ReadOnlySpan<char> digits, out decimal amount)
    {
        // Nearly all amounts are small whole numbers.
        if (uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            amount = whole;
            return true;
        }
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount);
    }

    /// <summary>The index of the unit at the start of a text; -1 if there is none.</summary>
    private static int UnitOf(ReadOnlySpan<char> text)
    {
        for (var unit = 0; unit < Units.Length; unit++)
        {
            if (text.StartsWith(Units[unit].Unit, StringComparison.Ordinal))
                return unit;
        }
        return -1;
    }
}
