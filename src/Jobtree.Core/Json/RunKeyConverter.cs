using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>A <see cref="RunKey"/> as <c>namespace/name</c>.</summary>
public sealed class RunKeyConverter : JsonConverter<RunKey>
{
    /// <inheritdoc/>
    public override RunKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        RunKey.TryParse(reader.GetString() ?? "", out var key) ? key : throw new JsonException(
            "Expected namespace/name.");

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
