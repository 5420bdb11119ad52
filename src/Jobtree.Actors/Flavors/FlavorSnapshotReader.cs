using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Core.Json;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// Reads the snapshots of flavors. Repeated names, such as those of owners and nodes, share one string each in all
/// flavors of the process; otherwise the leases of a large fleet would take half as much memory again after a restart.
/// </summary>
internal static class FlavorSnapshotReader
{
    private static readonly JsonTypeInfo<FlavorActorSnapshot> Snapshot;

    static FlavorSnapshotReader()
    {
        Texts = new SharedText();
        Snapshot = Sharing(Texts);
    }

    /// <summary>The repeated names.</summary>
    public static SharedText Texts { get; }

    /// <summary>Reads a snapshot.</summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    /// <exception cref="JsonException">The bytes are not a snapshot.</exception>
    public static FlavorActorSnapshot Read(ReadOnlySpan<byte> snapshot) =>
        JsonSerializer.Deserialize(snapshot, Snapshot) is { State: not null, Undelivered: not null } read
            ? read : throw new JsonException("The snapshot has no state, or nothing about what is undelivered.");

    private static JsonTypeInfo<FlavorActorSnapshot> Sharing(SharedText texts)
    {
        var options = new JsonSerializerOptions(FlavorJson.Default.Options);
        // The first matching converter is used.
        options.Converters.Insert(0, new SharedTextConverter(texts));
        options.Converters.Insert(0, new RunKeyConverter(texts));
        options.Converters.Insert(0, new EnvelopeKeyConverter(texts));
        options.Converters.Insert(0, new NodeSlotsConverter(texts));
        return (JsonTypeInfo<FlavorActorSnapshot>)options.GetTypeInfo(typeof(FlavorActorSnapshot));
    }
}
