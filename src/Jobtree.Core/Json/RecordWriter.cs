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
/// Writes the JSON of journal records, the same bytes as <see cref="JsonSerializer"/> makes of them, into the caller's
/// buffer, and into a rented one when that is too small: a record costs no garbage. What is seldom there is left to the
/// serializer, part by part.
/// </summary>
/// <param name="buffer">Where to begin, usually on the stack.</param>
public ref struct RecordWriter(Span<byte> buffer)
{
    private const int TimeBytesMax = 33;
    private const int NumberBytesMax = 32;

    // What the serializer's encoder leaves as it is.
    private static readonly SearchValues<char> Plain = PrintableBut("\"&'+<>\\`");

    private static readonly SearchValues<char> PlainOrPlus = PrintableBut("\"&'<>\\`");

    private Span<byte> bytes = buffer;
    private byte[]? rented;
    private int length;
    private bool comma;

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => bytes[..length];

    /// <summary>Begins an object.</summary>
    public void BeginObject() => Begin((byte)'{');

    /// <summary>Ends an object.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Begins an array.</summary>
    public void BeginArray() => Begin((byte)'[');

    /// <summary>Ends an array.</summary>
    public void EndArray() => End((byte)']');

    /// <summary>The name of a member, plain letters; its value comes next.</summary>
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

    /// <summary>Writes a value.</summary>
    public void Value(long number)
    {
        Separate();
        Utf8Formatter.TryFormat(number, Room(NumberBytesMax), out var written);
        length += written;
    }

    /// <summary>Writes a value.</summary>
    public void Value(double number)
    {
        Separate();
        Utf8Formatter.TryFormat(number, Room(NumberBytesMax), out var written);
        length += written;
    }

    /// <summary>Writes a value.</summary>
    public void Value(bool flag)
    {
        Separate();
        Append(flag ? "true"u8 : "false"u8);
    }

    /// <summary>Writes a value.</summary>
    public void Value(string text)
    {
        Separate();
        Quote();
        Append(text);
        Quote();
    }

    /// <summary>Writes a value.</summary>
    public void Value(DateTimeOffset time)
    {
        Separate();
        Quote();
        var room = Room(TimeBytesMax);
        time.TryFormat(room, out var written, "O", CultureInfo.InvariantCulture);
        // Seven digits of a second, of which only those before the last zeros are kept.
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

    /// <summary>Writes a value.</summary>
    public void Value(TimeSpan duration)
    {
        Separate();
        Quote();
        length += Duration.Format(duration, Room(Duration.LengthMax));
        Quote();
    }

    /// <summary>Writes a value.</summary>
    public void Value(RunKey run) => Value(run.Namespace, run.Name);

    /// <summary>Writes a value.</summary>
    public void Value(EnvelopeKey envelope) => Value(envelope.Budget, envelope.Envelope);

    /// <summary>Writes a value.</summary>
    public void Value(NodeSlots slots)
    {
        Separate();
        Quote();
        Append(slots.Node);
        Append("#"u8);
        length += slots.FormatOrdinals(Room(NodeSlots.OrdinalsLengthMax));
        Quote();
    }

    /// <summary>Writes a value.</summary>
    public void Value<TEnum>(TEnum name)
        where TEnum : struct, Enum
    {
        Separate();
        Quote();
        Append(EnumNames<TEnum>.Of(name));
        Quote();
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, long number)
    {
        Name(name);
        Value(number);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, double number)
    {
        Name(name);
        Value(number);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, bool flag)
    {
        Name(name);
        Value(flag);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, string text)
    {
        Name(name);
        Value(text);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Name(name);
        Value(time);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, TimeSpan duration)
    {
        Name(name);
        Value(duration);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, RunKey run)
    {
        Name(name);
        Value(run);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member(ReadOnlySpan<byte> name, EnvelopeKey envelope)
    {
        Name(name);
        Value(envelope);
    }

    /// <summary>Writes a member of an object: its name, then its value.</summary>
    public void Member<TEnum>(ReadOnlySpan<byte> name, TEnum value)
        where TEnum : struct, Enum
    {
        Name(name);
        Value(value);
    }

    /// <summary>A part that the serializer writes.</summary>
    public void Member<TPart>(ReadOnlySpan<byte> name, TPart part, JsonTypeInfo<TPart> type)
    {
        Name(name);
        Separate();
        Append(JsonSerializer.SerializeToUtf8Bytes(part, type));
    }

    /// <summary>Gives back what was rented; <see cref="Written"/> is no more.</summary>
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

    /// <summary>A text in which only pluses are special, as in the links of a ledger.</summary>
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
