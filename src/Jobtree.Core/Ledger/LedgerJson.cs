using System.Text.Json.Serialization;
using Jobtree.Core.Json;

namespace Jobtree.Core.Ledger;

/// <summary>
/// The JSON of ledger entries. An absent member has its default, so an entry holds only what it changes. A member that
/// is required, or whose default differs from its type's default, is marked as always written.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(LedgerEntry))]
public sealed partial class LedgerJson : JsonSerializerContext;
