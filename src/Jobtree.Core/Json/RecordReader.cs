using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>
/// Reads the JSON of journal records, written by <see cref="RecordWriter"/> or by the serializer. Members may come in
/// any order, and unknown members are skipped. Every method throws <see cref="JsonException"/> if the next token is not
/// what it expects.
/// </summary>
/// <param name="record">The record.</param>
/// <param name="texts">Where repeated texts are shared; null if each text gets its own string.</param>
public ref struct RecordReader(ReadOnlySpan<byte> record, SharedText? texts)
{
    private Utf8JsonReader json = new(record);

    /// <summary>Enters the next object or array.</summary>
    /// <param name="isArray">Whether an array is expected.</param>
    /// <returns>Whether there is one; false if the value is null.</returns>
    public bool Begin(bool isArray = false)
    {
        Read();
        if (json.TokenType == JsonTokenType.Null)
            return false;
        return json.TokenType == (isArray ? JsonTokenType.StartArray : JsonTokenType.StartObject) ? true
            : throw Unexpected();
    }

    /// <summary>Moves to the next member of the object.</summary>
    /// <returns>Whether there is one; false if the object has ended.</returns>
    public bool NextMember()
    {
        Read();
        return json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the current member has this name.</summary>
    /// <param name="name">The name.</param>
    public readonly bool Is(ReadOnlySpan<byte> name) => json.ValueSpan.SequenceEqual(name);

    /// <summary>Moves to the next element of an array of strings.</summary>
    /// <returns>Whether there is one; false if the array has ended.</returns>
    public bool NextText()
    {
        Read();
        return json.TokenType == JsonTokenType.EndArray ? false : json.TokenType == JsonTokenType.String ? true
            : throw Unexpected();
    }

    /// <summary>Moves to the next element of an array of objects and enters it.</summary>
    /// <returns>Whether there is one; false if the array has ended.</returns>
    public bool NextObject()
    {
        Read();
        return json.TokenType == JsonTokenType.EndArray ? false : json.TokenType == JsonTokenType.StartObject ? true
            : throw Unexpected();
    }

    /// <summary>Skips the value of the current member.</summary>
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
        return json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Unexpected(),
        };
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

    /// <summary>Reads a text that many records have in common, such as an owner.</summary>
    public string Text()
    {
        ReadText();
        return ThisText();
    }

    /// <summary>Reads a text that is unique to its record.</summary>
    /// <param name="likely">A string to reuse if its text is the same.</param>
    public string OwnText(string? likely = null)
    {
        ReadText();
        return likely is not null && json.ValueTextEquals(likely) ? likely : Decoded();
    }

    /// <summary>Reads a text that is unique to its record, or null.</summary>
    public string? TextOrNull()
    {
        Read();
        return json.TokenType switch
        {
            JsonTokenType.String => Decoded(),
            JsonTokenType.Null => null,
            _ => throw Unexpected(),
        };
    }

    /// <summary>The text that <see cref="NextText"/> moved to.</summary>
    public readonly string ThisText() => json.ValueIsEscaped ? Decoded() : Share(json.ValueSpan);

    /// <summary>Reads the key of a run.</summary>
    public RunKey Run()
    {
        ReadText();
        if (!json.ValueIsEscaped && json.ValueSpan.IndexOf((byte)'/') is > 0 and var slash
            && json.ValueSpan[(slash + 1)..] is { IsEmpty: false } name && !name.Contains((byte)'/'))
            return new RunKey(Share(json.ValueSpan[..slash]), Share(name));
        return RunKey.TryParse(Decoded(), out var run) ? run : throw Unexpected();
    }

    /// <summary>Reads an array of slots, or null.</summary>
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

    /// <summary>The slots that <see cref="NextText"/> moved to.</summary>
    public readonly NodeSlots Slots()
    {
        if (!json.ValueIsEscaped && json.ValueSpan.LastIndexOf((byte)'#') is > 0 and var hash
            && NodeSlots.TryParseOrdinals(json.ValueSpan[(hash + 1)..], out var mask))
            return new NodeSlots(Share(json.ValueSpan[..hash]), mask);
        return NodeSlots.TryParse(Decoded(), out var slots) ? slots : throw Unexpected();
    }

    /// <summary>Reads the name of an enumeration member.</summary>
    public TEnum Named<TEnum>()
        where TEnum : struct, Enum
    {
        ReadText();
        return EnumNames<TEnum>.TryFind(json.ValueSpan, out var member) || Enum.TryParse(
            Decoded(), ignoreCase: true, out member) ? member : throw Unexpected();
    }

    /// <summary>Reads a part with the serializer.</summary>
    /// <param name="type">The serializer's type information.</param>
    public TPart? Part<TPart>(JsonTypeInfo<TPart> type)
    {
        Read();
        return JsonSerializer.Deserialize(ref json, type);
    }

    /// <summary>Checks that the record has ended.</summary>
    public void End()
    {
        if (json.Read())
            throw Unexpected();
    }

    /// <summary>Creates the exception for a missing required member.</summary>
    /// <param name="member">The name of the member.</param>
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
            throw Unexpected(); // Invalid UTF-8, or half of a surrogate pair.
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
