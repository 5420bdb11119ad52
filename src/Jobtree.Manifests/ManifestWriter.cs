using System.Text.Json;
using Jobtree.Manifests.Writing;

namespace Jobtree.Manifests;

/// <summary>
/// Writes manifests so that <see cref="ManifestReader"/> reads the same back. Fields have a fixed order; maps are
/// sorted by key.
/// </summary>
public static class ManifestWriter
{
    /// <summary>The API version that is written.</summary>
    public const string ApiVersion = "jobtree.dev/v1";

    /// <summary>Writes one manifest as a JSON object.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="manifest">The manifest.</param>
    public static void WriteJson(Utf8JsonWriter writer, Manifest manifest) =>
        DocumentWriter.Write(new JsonSink(writer), manifest);

    /// <summary>Writes manifests as a JSON object of <c>kind: List</c>.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="manifests">The items.</param>
    public static void WriteJsonList(Utf8JsonWriter writer, IEnumerable<Manifest> manifests)
    {
        var sink = new JsonSink(writer);
        sink.StartObject();
        sink.Field("apiVersion", ApiVersion);
        sink.Field("kind", "List");
        sink.Name("items");
        sink.StartList();
        foreach (var manifest in manifests)
            DocumentWriter.Write(sink, manifest);
        sink.EndList();
        sink.EndObject();
    }

    /// <summary>Writes manifests as YAML documents separated by <c>---</c>.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="manifests">The documents.</param>
    public static void WriteYaml(TextWriter writer, IEnumerable<Manifest> manifests)
    {
        var sink = new YamlSink(writer);
        var isFirst = true;
        foreach (var manifest in manifests)
        {
            sink.StartDocument(isFirst);
            DocumentWriter.Write(sink, manifest);
            sink.EndDocument();
            isFirst = false;
        }
        sink.EndStream();
    }

    /// <summary>Formats manifests as YAML text.</summary>
    /// <param name="manifests">The documents.</param>
    public static string ToYaml(params IEnumerable<Manifest> manifests)
    {
        using var text = new StringWriter { NewLine = "\n" };
        WriteYaml(text, manifests);
        return text.ToString();
    }

    /// <summary>Formats one manifest as JSON text.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="indented">Whether to indent it for readability.</param>
    public static byte[] ToJson(Manifest manifest, bool indented = false)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = indented }))
            WriteJson(writer, manifest);
        return bytes.ToArray();
    }
}
