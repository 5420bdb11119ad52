using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Jobtree.Cli.Output;

/// <summary>JSON indented for reading.</summary>
internal static class IndentedJson
{
    private static readonly JsonWriterOptions Indented = new()
    {
        // The text is not embedded in a web page, so a plus sign in a time need not be escaped.
        Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The same on one line.</summary>
    public static JsonWriterOptions OneLine { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A value as indented JSON.</summary>
    public static string Of(JsonElement value) => Write(value.WriteTo);

    /// <summary>The output of a JSON writer, as indented JSON.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
            write(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
