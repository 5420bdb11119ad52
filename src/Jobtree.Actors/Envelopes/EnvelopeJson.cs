using System.Text.Json.Serialization;
using Jobtree.Core.Json;

namespace Jobtree.Actors.Envelopes;

/// <summary>The JSON of envelope journals.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(RunKeyConverter)])]
[JsonSerializable(typeof(EnvelopeFacts))]
[JsonSerializable(typeof(EnvelopeSnapshot))]
public sealed partial class EnvelopeJson : JsonSerializerContext;
