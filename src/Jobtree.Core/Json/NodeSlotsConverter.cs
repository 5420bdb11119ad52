using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary><see cref="NodeSlots"/> as <c>node#0-3,6</c>.</summary>
/// <param name="texts">Where the names in it are shared; null: nowhere.</param>
public sealed class NodeSlotsConverter(SharedText? texts) : JsonConverter<NodeSlots>
{
    /// <summary>One that shares nothing.</summary>
    public NodeSlotsConverter() : this(null)
    {
    }

    /// <inheritdoc/>
    public override NodeSlots Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NodeSlots.TryParse(reader.GetString() ?? "", out var slots)
            ? texts is null ? slots : slots with { Node = texts.Of(slots.Node) }
            : throw new JsonException("Expected a slot list such as node#0-3,6.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, NodeSlots value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
