using System.Text.Json.Serialization;
using Jobtree.Core.Json;

namespace Jobtree.Actors.Runs;

/// <summary>The JSON of run journals.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(RunRecord))]
public sealed partial class RunJson : JsonSerializerContext;
