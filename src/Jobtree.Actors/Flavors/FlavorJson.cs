using System.Text.Json.Serialization;
using Jobtree.Core.Json;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The JSON of flavor snapshots. Ledger entries have their own, <see cref="Core.Ledger.LedgerJson"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(FlavorActorSnapshot))]
public sealed partial class FlavorJson : JsonSerializerContext;

/// <summary>A flavor's state and its undelivered facts.</summary>
/// <param name="State">The state.</param>
/// <param name="Undelivered">The undelivered facts, in order.</param>
/// <param name="Behind">The envelopes whose facts were dropped, if any.</param>
/// <param name="Closed">The runs that ended last, if any; absent in snapshots from before they were kept.</param>
/// <param name="Withdrawn">The runs that left the queue last because they are held, if any; absent like those.</param>
public sealed record FlavorActorSnapshot(FlavorSnapshot State, IReadOnlyList<OutboxItem> Undelivered,
    IReadOnlyList<OutboxBehind>? Behind = null, IReadOnlyList<ClosedRun>? Closed = null,
    IReadOnlyList<ClosedRun>? Withdrawn = null);
