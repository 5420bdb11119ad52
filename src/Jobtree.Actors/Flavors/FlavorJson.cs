using System.Text.Json.Serialization;
using Jobtree.Core.Json;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The JSON of flavor snapshots. Ledger entries have their own: see <see cref="Core.Ledger.LedgerJson"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(FlavorActorSnapshot))]
public sealed partial class FlavorJson : JsonSerializerContext;
