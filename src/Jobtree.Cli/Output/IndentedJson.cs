using System.Text;
using System.Text.Json;

namespace Jobtree.Cli.Output;

/// <summary>JSON laid out for reading.</summary>
internal static class IndentedJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>A value as indented JSON.</summary>
    public static string Of(JsonElement value) => Write(value.WriteTo);

    /// <summary>What is written to a writer, as indented JSON.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
            write(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
