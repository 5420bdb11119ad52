using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>
/// Writes the JSON of journal records: the same bytes as <see cref="JsonSerializer"/>, without allocating. It writes
/// into the caller's buffer, and into a rented one if that is too small. The serializer writes the rare parts of a
/// record.
/// </summary>
/// <param name="buffer">The initial buffer, usually on the stack.</param>
public ref struct RecordWriter(Span<byte> buffer)
{
    private const int TimeBytesMax = 33;
    private const int NumberBytesMax = 32;

    // The characters that the serializer's encoder does not escape.
    private static readonly SearchValues<char> Plain = PrintableBut("\"&'+<>\\`");

    private static readonly SearchValues<char> PlainOrPlus = PrintableBut("\"&'<>\\`");

    private Span<byte> bytes = buffer;
    private byte[]? rented;
    private int length;
    private bool comma;

    /// <summary>The bytes written so far, valid until the next write.</summary>
    public readonly ReadOnlySpan<byte> Written => bytes[..length];

    /// <summary>Begins an object.</summary>
    public void BeginObject() => Begin((byte)'{');

    /// <summary>Ends an object.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Begins an array.</summary>
    public void BeginArray() => Begin((byte)'[');

    /// <summary>Ends an array.</summary>
    public void EndArray() => End((byte)']');

    /// <summary>Writes the name of a member; its value must follow.</summary>
    /// <param name="name">The name, consisting of plain letters.</param>
    public void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        var room = Room(name.Length + 3);
        room[0] = (byte)'"';
        name.CopyTo(room[1..]);
        room[name.Length + 1] = (byte)'"';
        room[name.Length + 2] = (byte)':';
        length += name.Length + 3;
        comma = false;
    }

    /// <summary>Writes a whole number.</summary>
    /// <param name="number">The value.</param>
    public void Value(long number)
    {
        Separate();
        Utf8Formatter.TryFormat(number, Room(NumberBytesMax), out var written);
        length += written;
    }

    /// <summary>Writes a floating-point number.</summary>
    /// <param name="number">The value.</param>
    public void Value(double number)
    {
        Separate();
        Utf8Formatter.TryFormat(number, Room(NumberBytesMax), out var written);
        length += written;
    }

    /// <summary>Writes true or false.</summary>
    /// <param name="flag">The value.</param>
    public void Value(bool flag)
    {
        Separate();
        Append(flag ? "true"u8 : "false"u8);
    }

    /// <summary>Writes a text, escaped as the serializer escapes it.</summary>
    /// <param name="text">The value.</param>
    public void Value(string text)
    {
        Separate();
        Quote();
        Append(text);
        Quote();
    }

    /// <summary>Writes an instant in ISO 8601, without trailing zeros in the fraction.</summary>
    /// <param name="time">The value.</param>
    public void Value(DateTimeOffset time)
    {
        Separate();
        Quote();
        var room = Room(TimeBytesMax);
        time.TryFormat(room, out var written, "O", CultureInfo.InvariantCulture);
        // The fraction has seven digits; trailing zeros are dropped.
        var zone = written - 6;
        var end = zone;
        while (room[end - 1] == '0' && end > zone - 7)
            end--;
        if (end == zone - 7)
            end--;
        room[zone..written].CopyTo(room[end..]);
        length += end + 6;
        Quote();
    }

    /// <summary>Writes a duration as <see cref="Duration"/> text.</summary>
    /// <param name="duration">The value.</param>
    public void Value(TimeSpan duration)
    {
        Separate();
        Quote();
        length += Duration.Format(duration, Room(Duration.LengthMax));
        Quote();
    }

    /// <summary>Writes a run as <c>namespace/name</c>.</summary>
    /// <param name="run">The value.</param>
    public void Value(RunKey run) => Value(run.Namespace, run.Name);

    /// <summary>Writes an envelope as <c>namespace/budget/envelope</c>.</summary>
    /// <param name="envelope">The value.</param>
    public void Value(EnvelopeKey envelope) => Value(envelope.Budget, envelope.Envelope);

    /// <summary>Writes slots as <c>node#0-3,6</c>.</summary>
    /// <param name="slots">The value.</param>
    public void Value(NodeSlots slots)
    {
        Separate();
        Quote();
        Append(slots.Node);
        Append("#"u8);
        length += slots.FormatOrdinals(Room(NodeSlots.OrdinalsLengthMax));
        Quote();
    }

    /// <summary>Writes the name of an enumeration member.</summary>
    /// <param name="name">The member.</param>
    public void Value<TEnum>(TEnum name)
        where TEnum : struct, Enum
    {
        Separate();
        Quote();
        Append(EnumNames<TEnum>.Of(name));
        Quote();
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="number">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, long number)
    {
        Name(name);
        Value(number);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="number">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, double number)
    {
        Name(name);
        Value(number);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="flag">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, bool flag)
    {
        Name(name);
        Value(flag);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="text">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, string text)
    {
        Name(name);
        Value(text);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="time">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Name(name);
        Value(time);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="duration">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, TimeSpan duration)
    {
        Name(name);
        Value(duration);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="run">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, RunKey run)
    {
        Name(name);
        Value(run);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="envelope">Its value.</param>
    public void Member(ReadOnlySpan<byte> name, EnvelopeKey envelope)
    {
        Name(name);
        Value(envelope);
    }

    /// <summary>Writes a member of an object.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="value">Its value.</param>
    public void Member<TEnum>(ReadOnlySpan<byte> name, TEnum value)
        where TEnum : struct, Enum
    {
        Name(name);
        Value(value);
    }

    /// <summary>Writes a member whose value goes through the serializer.</summary>
    /// <param name="name">Its name, of plain letters.</param>
    /// <param name="part">Its value.</param>
    /// <param name="type">The serializer's type information.</param>
    public void Member<TPart>(ReadOnlySpan<byte> name, TPart part, JsonTypeInfo<TPart> type)
    {
        Name(name);
        Separate();
        Append(JsonSerializer.SerializeToUtf8Bytes(part, type));
    }

    /// <summary>Returns a rented buffer to the pool; <see cref="Written"/> is invalid afterwards.</summary>
    public void Dispose()
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        this = default;
    }

    private void Value(string left, string right)
    {
        Separate();
        Quote();
        Append(left);
        Append("/"u8);
        Append(right);
        Quote();
    }

    private void Begin(byte bracket)
    {
        Separate();
        Room(1)[0] = bracket;
        length++;
        comma = false;
    }

    private void End(byte bracket)
    {
        Room(1)[0] = bracket;
        length++;
        comma = true;
    }

    private void Separate()
    {
        if (comma)
            Append(","u8);
        comma = true;
    }

    private void Quote() => Append("\""u8);

    private void Append(string text)
    {
        var special = text.AsSpan().IndexOfAnyExcept(Plain);
        if (special < 0)
            AppendAscii(text);
        else if (text.AsSpan(special).ContainsAnyExcept(PlainOrPlus))
            AppendAscii(JavaScriptEncoder.Default.Encode(text));
        else
            AppendWithPlus(text);
    }

    /// <summary>Appends a text in which only pluses need escaping, such as the links of a ledger.</summary>
    private void AppendWithPlus(ReadOnlySpan<char> text)
    {
        for (var plus = text.IndexOf('+'); plus >= 0; plus = text.IndexOf('+'))
        {
            AppendAscii(text[..plus]);
            Append("\\u002B"u8);
            text = text[(plus + 1)..];
        }
        AppendAscii(text);
    }

    private void AppendAscii(ReadOnlySpan<char> text) => length += Encoding.ASCII.GetBytes(text, Room(text.Length));

    private void Append(ReadOnlySpan<byte> literal)
    {
        literal.CopyTo(Room(literal.Length));
        length += literal.Length;
    }

    private static SearchValues<char> PrintableBut(string special) =>
        SearchValues.Create([.. Enumerable.Range(' ', 95).Select(code => (char)code)
            .Where(letter => !special.Contains(letter, StringComparison.Ordinal))]);

    private Span<byte> Room(int wanted)
    {
        if (bytes.Length - length < wanted)
            Grow(wanted);
        return bytes[length..];
    }

    private void Grow(int wanted)
    {
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, length + wanted));
        Written.CopyTo(grown);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        bytes = rented = grown;
    }
}
