using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
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
public sealed partial class FlavorJson : JsonSerializerContext
{
    /// <summary>
    /// Reads a snapshot. Repeated names, such as those of owners and nodes, share one string each; otherwise the leases
    /// of a large fleet would take half as much memory again after a restart.
    /// </summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    /// <param name="texts">Shares repeated names.</param>
    /// <exception cref="JsonException">The bytes are not a snapshot.</exception>
    internal static FlavorActorSnapshot Read(ReadOnlySpan<byte> snapshot, SharedText texts)
    {
        var options = new JsonSerializerOptions(Default.Options);
        // The first matching converter is used.
        options.Converters.Insert(0, new SharedTextConverter(texts));
        options.Converters.Insert(0, new RunKeyConverter(texts));
        options.Converters.Insert(0, new EnvelopeKeyConverter(texts));
        options.Converters.Insert(0, new NodeSlotsConverter(texts));
        var type = (JsonTypeInfo<FlavorActorSnapshot>)options.GetTypeInfo(typeof(FlavorActorSnapshot));
        return JsonSerializer.Deserialize(snapshot, type) is { State: not null, Undelivered: not null } read
            ? read : throw new JsonException("The snapshot has no state, or nothing about what is undelivered.");
    }
}

/// <summary>A flavor's state and its undelivered facts.</summary>
/// <param name="State">The state.</param>
/// <param name="Undelivered">The undelivered facts, in order.</param>
/// <param name="Behind">The envelopes whose facts were dropped, if any.</param>
/// <param name="Closed">The runs that ended last, if any; absent in snapshots from before they were kept.</param>
public sealed record FlavorActorSnapshot(FlavorSnapshot State, IReadOnlyList<OutboxItem> Undelivered,
    IReadOnlyList<OutboxBehind>? Behind = null, IReadOnlyList<ClosedRun>? Closed = null);
