using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>
/// The JSON of the model: <c>spec</c> and <c>status</c> in manifests, and the same types in journals and on the wire.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(Budget))]
[JsonSerializable(typeof(RunSpec))]
[JsonSerializable(typeof(RunStatus))]
[JsonSerializable(typeof(Lease))]
[JsonSerializable(typeof(LeaseEnd))]
[JsonSerializable(typeof(Reservation))]
public sealed partial class ModelJson : JsonSerializerContext;
