using System.Text.Json.Serialization;
using Jobtree.Core.Json;

namespace Jobtree.Core.Ledger;

/// <summary>
/// The JSON of ledger entries. What is absent has its default, so that an entry says only what it changes. Members that
/// are required, or whose default is not that of their type, are marked to be always written.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(LedgerEntry))]
public sealed partial class LedgerJson : JsonSerializerContext;
