using System.Text.Json.Serialization;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;

namespace Jobtree.Execution.Processes;

/// <summary>The JSON of what an attempt's folder holds.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(Launch))]
[JsonSerializable(typeof(StartedRecord))]
[JsonSerializable(typeof(AttemptEnd))]
internal sealed partial class AttemptJson : JsonSerializerContext;
