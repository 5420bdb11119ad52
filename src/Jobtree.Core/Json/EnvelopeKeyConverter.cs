using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>An <see cref="EnvelopeKey"/> as <c>namespace/budget/envelope</c>.</summary>
/// <param name="texts">Where the names in it are shared; null: nowhere.</param>
public sealed class EnvelopeKeyConverter(SharedText? texts) : JsonConverter<EnvelopeKey>
{
    /// <summary>One that shares nothing.</summary>
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
