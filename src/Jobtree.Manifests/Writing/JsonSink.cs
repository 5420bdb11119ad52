using System.Text.Json;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes documents as JSON.</summary>
internal sealed class JsonSink(Utf8JsonWriter writer) : IManifestSink
{
    public void StartObject() => writer.WriteStartObject();

    public void EndObject() => writer.WriteEndObject();

    public void StartList() => writer.WriteStartArray();

    public void EndList() => writer.WriteEndArray();

    public void Name(string name) => writer.WritePropertyName(name);

    public void Text(string text) => writer.WriteStringValue(text);

    public void Number(long number) => writer.WriteNumberValue(number);

    public void Number(double number) => writer.WriteNumberValue(number);

    public void Flag(bool flag) => writer.WriteBooleanValue(flag);
}
