using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>Converts an <see cref="EnvelopeKey"/> as <c>namespace/budget/envelope</c>.</summary>
/// <param name="texts">Where its names are shared; null if they are not.</param>
public sealed class EnvelopeKeyConverter(SharedText? texts) : JsonConverter<EnvelopeKey>
{
    /// <summary>Creates a converter that shares no names.</summary>
    public EnvelopeKeyConverter() : this(null)
    {
    }

    /// <inheritdoc/>
    public override EnvelopeKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? "";
        var slash = text.LastIndexOf('/');
        return slash > 0 && slash < text.Length - 1
            ? new EnvelopeKey(Text(text.AsSpan(0, slash)), Text(text.AsSpan(slash + 1)))
            : throw new JsonException("Expected namespace/budget/envelope.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EnvelopeKey value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    private string Text(ReadOnlySpan<char> text) => texts?.Of(text) ?? text.ToString();
}

/// <summary>Converts a <see cref="RunKey"/> as <c>namespace/name</c>.</summary>
/// <param name="texts">Where its names are shared; null if they are not.</param>
public sealed class RunKeyConverter(SharedText? texts) : JsonConverter<RunKey>
{
    /// <summary>Creates a converter that shares no names.</summary>
    public RunKeyConverter() : this(null)
    {
    }

    /// <inheritdoc/>
    public override RunKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        RunKey.TryParse(reader.GetString() ?? "", out var key)
            ? texts is null ? key : new RunKey(texts.Of(key.Namespace), texts.Of(key.Name))
            : throw new JsonException("Expected namespace/name.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RunKey value, JsonSerializerOptions options)
    {
        var length = value.Namespace.Length + 1 + value.Name.Length;
        if (length > 256)
        {
            writer.WriteStringValue(value.ToString());
            return;
        }
        Span<char> text = stackalloc char[length];
        value.Namespace.CopyTo(text);
        text[value.Namespace.Length] = '/';
        value.Name.CopyTo(text[(value.Namespace.Length + 1)..]);
        writer.WriteStringValue(text);
    }
}

/// <summary>Converts <see cref="NodeSlots"/> as <c>node#0-3,6</c>.</summary>
/// <param name="texts">Where its names are shared; null if they are not.</param>
public sealed class NodeSlotsConverter(SharedText? texts) : JsonConverter<NodeSlots>
{
    /// <summary>Creates a converter that shares no names.</summary>
    public NodeSlotsConverter() : this(null)
    {
    }

    /// <inheritdoc/>
    public override NodeSlots Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NodeSlots.TryParse(reader.GetString() ?? "", out var slots)
            ? texts is null ? slots : slots with { Node = texts.Of(slots.Node) }
            : throw new JsonException("Expected a slot list such as node#0-3,6.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, NodeSlots value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>Converts a <see cref="TimeSpan"/> as <see cref="Duration"/> text.</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan>
{
    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Duration.TryParse(reader.GetString()!, out var duration)
            ? duration
            : throw new JsonException($"Expected {Duration.Allowed}.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Duration.Format(value));
}
