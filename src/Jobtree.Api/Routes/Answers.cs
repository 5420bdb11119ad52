using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Actors.Operations;
using Jobtree.Manifests;

namespace Jobtree.Api.Routes;

/// <summary>Response bodies that several routes share.</summary>
internal static class Answers
{
    /// <summary>The results of a command's documents.</summary>
    public static Action<Utf8JsonWriter> Applied(string operation, IReadOnlyList<Applied> applied) => writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("operation", operation);
        writer.WritePropertyName("items");
        JsonSerializer.Serialize(writer, applied, OperationsJson.Default.IReadOnlyListApplied);
        writer.WriteEndObject();
    };

    /// <summary>A list without paging.</summary>
    public static Action<Utf8JsonWriter> Items<T>(T items, JsonTypeInfo<T> type) => writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("items");
        JsonSerializer.Serialize(writer, items, type);
        writer.WriteEndObject();
    };

    /// <summary>A page of manifests.</summary>
    public static Action<Utf8JsonWriter> Page<T>(Page<T> page)
        where T : Manifest => writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var manifest in page.Items)
            ManifestWriter.WriteJson(writer, manifest);
        writer.WriteEndArray();
        if (page.Continue is not null)
            writer.WriteString("continue", page.Continue);
        if (page.Version is { } version)
            writer.WriteNumber("version", version);
        writer.WriteEndObject();
    };

    /// <summary>One manifest.</summary>
    public static Action<Utf8JsonWriter> Document(Manifest manifest) => writer =>
        ManifestWriter.WriteJson(writer, manifest);
}
