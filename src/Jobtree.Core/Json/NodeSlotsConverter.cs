using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary><see cref="NodeSlots"/> as <c>node#0-3,6</c>.</summary>
public sealed class NodeSlotsConverter : JsonConverter<NodeSlots>
{
    /// <inheritdoc/>
    public override NodeSlots Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NodeSlots.TryParse(reader.GetString() ?? "", out var slots) ? slots : throw new JsonException(
            "Expected a slot list such as node#0-3,6.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, NodeSlots value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
