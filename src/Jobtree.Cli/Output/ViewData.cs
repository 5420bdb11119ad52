using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Jobtree.Cli.Output;

/// <summary>A view as the API's JSON, or the same as YAML.</summary>
/// <typeparam name="T">The view's type.</typeparam>
/// <param name="view">The view.</param>
/// <param name="type">The JSON type of the view.</param>
internal sealed class ViewData<T>(T view, JsonTypeInfo<T> type) : IReportData
{
    public string Json()
    {
        using var document = JsonSerializer.SerializeToDocument(view, type);
        return IndentedJson.Of(document.RootElement);
    }

    public string Yaml()
    {
        using var document = JsonSerializer.SerializeToDocument(view, type);
        return YamlText.Of(document.RootElement);
    }
}
