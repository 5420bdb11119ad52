using System.Text.Json;
using System.Text.Json.Serialization;

namespace Jobtree.Core.Json;

/// <summary>Reads equal texts as one shared string.</summary>
/// <param name="texts">Where the texts are shared.</param>
public sealed class SharedTextConverter(SharedText texts) : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.ValueIsEscaped || reader.HasValueSequence || reader.TokenType != JsonTokenType.String
            ? reader.GetString() : texts.Of(reader.ValueSpan);

    /// <inheritdoc/>
    public override string ReadAsPropertyName(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.ValueIsEscaped || reader.HasValueSequence ? reader.GetString()! : texts.Of(reader.ValueSpan);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(
        Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
}
