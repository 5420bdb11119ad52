using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>Follows a run's journal without its actor, for audits.</summary>
public static class RunJournal
{
    /// <summary>The run after the next record of its journal.</summary>
    /// <param name="run">The run.</param>
    /// <param name="before">The run before the record; null if the record is the first.</param>
    /// <param name="record">The record's bytes.</param>
    /// <exception cref="JsonException">The bytes are not a record.</exception>
    /// <exception cref="InvalidOperationException">The record does not follow from the run.</exception>
    public static RunRecord Apply(RunKey run, RunRecord? before, ReadOnlySpan<byte> record) =>
        RunTransitions.Apply(run, before, RunEventFormat.Read(record, null));

    /// <summary>The run stored in a snapshot.</summary>
    /// <param name="run">The run.</param>
    /// <param name="state">The snapshot's bytes.</param>
    /// <exception cref="JsonException">The bytes are not a snapshot.</exception>
    public static RunRecord Restore(RunKey run, ReadOnlySpan<byte> state) =>
        (JsonSerializer.Deserialize(state, RunJson.Default.RunRecord)
            ?? throw new JsonException("The snapshot is null.")) with { Key = run };

    /// <summary>Writes the snapshot that <see cref="Restore"/> reads, for who writes many into one buffer.</summary>
    /// <param name="run">The run.</param>
    /// <param name="to">Where to.</param>
    public static void Save(RunRecord run, Utf8JsonWriter to) =>
        JsonSerializer.Serialize(to, run, RunJson.Default.RunRecord);
}

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
