using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Jobtree.Cli.Output;

/// <summary>A list of views under <c>items</c>, as in the API.</summary>
/// <typeparam name="T">The views' type.</typeparam>
/// <param name="items">The views.</param>
/// <param name="type">The JSON type of the list.</param>
internal sealed class ListData<T>(IReadOnlyList<T> items, JsonTypeInfo<IReadOnlyList<T>> type) : IReportData
{
    public string Json() => IndentedJson.Write(Write);

    public string Yaml()
    {
        using var document = JsonDocument.Parse(Json());
        return YamlText.Of(document.RootElement);
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("items");
        JsonSerializer.Serialize(writer, items, type);
        writer.WriteEndObject();
    }
}
