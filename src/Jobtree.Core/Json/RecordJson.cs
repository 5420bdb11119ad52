using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>The JSON of the rare parts of records, which go through the serializer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(RunSpec))]
public sealed partial class RecordJson : JsonSerializerContext;
