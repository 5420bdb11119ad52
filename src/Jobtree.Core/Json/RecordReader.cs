using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>
/// Reads what <see cref="RecordWriter"/> or the serializer wrote. As with the serializer the order of members does not
/// matter and unknown ones are passed over. Anything that is not what it should be is a <see cref="JsonException"/>.
/// </summary>
/// <param name="record">The record.</param>
/// <param name="texts">Where texts that come again are shared; null: nowhere.</param>
public ref struct RecordReader(ReadOnlySpan<byte> record, SharedText? texts)
{
    private Utf8JsonReader json = new(record);

    /// <summary>Goes into an object or array.</summary>
    /// <returns>Whether there is one; false: there is null.</returns>
    public bool Begin(bool isArray = false)
    {
        Read();
        if (json.TokenType == JsonTokenType.Null)
            return false;
        return json.TokenType == (isArray ? JsonTokenType.StartArray : JsonTokenType.StartObject) ? true
            : throw Unexpected();
    }

    /// <summary>Goes to the next member of the object; false: it was the last.</summary>
    public bool NextMember()
    {
        Read();
        return json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the present member has a name.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => json.ValueSpan.SequenceEqual(name);

    /// <summary>Goes to the next element of an array of strings; false: it was the last.</summary>
    public bool NextText()
    {
        Read();
        return json.TokenType == JsonTokenType.EndArray ? false : json.TokenType == JsonTokenType.String ? true
            : throw Unexpected();
    }

    /// <summary>Goes to the next element of an array of objects, and into it; false: it was the last.</summary>
    public bool NextObject()
    {
        Read();
        return json.TokenType == JsonTokenType.EndArray ? false : json.TokenType == JsonTokenType.StartObject ? true
            : throw Unexpected();
    }

    /// <summary>Passes over the value of an unknown member.</summary>
    public void Skip() => json.Skip();

    /// <summary>Reads a 64-bit integer.</summary>
    public long ReadLong()
    {
        Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) ? number : throw Unexpected();
    }

    /// <summary>Reads a 32-bit integer.</summary>
    public int ReadInt()
    {
        Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var number) ? number : throw Unexpected();
    }

    /// <summary>Reads a floating-point number.</summary>
    public double ReadDouble()
    {
        Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetDouble(out var number) ? number
            : throw Unexpected();
    }

    /// <summary>Reads true or false.</summary>
    public bool Flag()
    {
        Read();
        return json.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ =>
            throw Unexpected() };
    }

    /// <summary>Reads an instant.</summary>
    public DateTimeOffset Time()
    {
        Read();
        return json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var time) ? time
            : throw Unexpected();
    }

    /// <summary>Reads a duration.</summary>
    public TimeSpan Duration() => Json.Duration.TryParse(Text(), out var duration) ? duration : throw Unexpected();

    /// <summary>A text that is likely to come again.</summary>
    public string Text()
    {
        ReadText();
        return ThisText();
    }

    /// <summary>A text that comes once.</summary>
    /// <param name="likely">A string that it is likely to be.</param>
    public string OwnText(string? likely = null)
    {
        ReadText();
        return likely is not null && json.ValueTextEquals(likely) ? likely : Decoded();
    }

    /// <summary>A text that comes once, or null.</summary>
    public string? TextOrNull()
    {
        Read();
        return json.TokenType switch { JsonTokenType.String => Decoded(), JsonTokenType.Null => null, _ =>
            throw Unexpected() };
    }

    /// <summary>The element that <see cref="NextText"/> came to.</summary>
    public readonly string ThisText() => json.ValueIsEscaped ? Decoded() : Share(json.ValueSpan);

    /// <summary>A run.</summary>
    public RunKey Run()
    {
        ReadText();
        if (!json.ValueIsEscaped && json.ValueSpan.IndexOf((byte)'/') is > 0 and var slash
            && json.ValueSpan[(slash + 1)..] is { IsEmpty: false } name && !name.Contains((byte)'/'))
            return new RunKey(Share(json.ValueSpan[..slash]), Share(name));
        return RunKey.TryParse(Decoded(), out var run) ? run : throw Unexpected();
    }

    /// <summary>An array of slots; null: there is null.</summary>
    public IReadOnlyList<NodeSlots>? SlotList()
    {
        if (!Begin(isArray: true))
            return null;
        if (!NextText())
            return [];
        var first = Slots();
        if (!NextText())
            return [first];
        var slots = new List<NodeSlots>(8) { first };
        do
        {
            slots.Add(Slots());
        }
        while (NextText());
        return slots.ToArray();
    }

    /// <summary>Reads the key of an envelope.</summary>
    public EnvelopeKey Envelope()
    {
        ReadText();
        var text = json.ValueIsEscaped ? Encoding.UTF8.GetBytes(Decoded()) : json.ValueSpan;
        return text.LastIndexOf((byte)'/') is > 0 and var slash && slash < text.Length - 1
            ? new EnvelopeKey(Share(text[..slash]), Share(text[(slash + 1)..]))
            : throw Unexpected();
    }

    /// <summary>The slots that <see cref="NextText"/> came to.</summary>
    public readonly NodeSlots Slots()
    {
        if (!json.ValueIsEscaped && json.ValueSpan.LastIndexOf((byte)'#') is > 0 and var hash
            && NodeSlots.TryParseOrdinals(json.ValueSpan[(hash + 1)..], out var mask))
            return new NodeSlots(Share(json.ValueSpan[..hash]), mask);
        return NodeSlots.TryParse(Decoded(), out var slots) ? slots : throw Unexpected();
    }

    /// <summary>Reads a name of an enumeration.</summary>
    public TEnum Named<TEnum>()
        where TEnum : struct, Enum
    {
        ReadText();
        return EnumNames<TEnum>.TryFind(json.ValueSpan, out var member) || Enum.TryParse(
            Decoded(), ignoreCase: true, out member) ? member : throw Unexpected();
    }

    /// <summary>A part that the serializer reads.</summary>
    public TPart? Part<TPart>(JsonTypeInfo<TPart> type)
    {
        Read();
        return JsonSerializer.Deserialize(ref json, type);
    }

    /// <summary>Sees to it that nothing follows.</summary>
    public void End()
    {
        if (json.Read())
            throw Unexpected();
    }

    /// <summary>What to throw when a member is missing.</summary>
    public static JsonException Missing(string member) => new($"The member '{member}' is missing.");

    private readonly string Share(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            throw Unexpected();
        return texts is null ? Encoding.UTF8.GetString(text) : texts.Of(text);
    }

    private readonly string Decoded()
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Unexpected(); // Bytes that are no UTF-8, or half of a surrogate pair.
        }
    }

    private void ReadText()
    {
        Read();
        if (json.TokenType != JsonTokenType.String)
            throw Unexpected();
    }

    private void Read()
    {
        if (!json.Read())
            throw new JsonException("The record ends early.");
    }

    private readonly JsonException Unexpected() =>
        new($"What stands at byte {json.TokenStartIndex} is not what belongs there.");
}
