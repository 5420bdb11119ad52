using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>A <see cref="RunKey"/> as <c>namespace/name</c>.</summary>
/// <param name="texts">Where the names in it are shared; null: nowhere.</param>
public sealed class RunKeyConverter(SharedText? texts) : JsonConverter<RunKey>
{
    /// <summary>One that shares nothing.</summary>
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
