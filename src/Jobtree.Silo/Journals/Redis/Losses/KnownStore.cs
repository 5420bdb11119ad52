using System.Text.Json.Serialization;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>
/// What a silo knows that Redis has acknowledged. An intact Redis has all of it for ever, so whoever finds less there
/// has found a loss.
/// </summary>
internal sealed record KnownStore
{
    /// <summary>The id that the store had.</summary>
    public string? Id { get; init; }

    /// <summary>The silo that knows this: a name drawn at random, which it keeps across restarts if it can.</summary>
    public required string Silo { get; init; }

    /// <summary>
    /// Whether this includes everything that was acknowledged to this silo. What was read from the file of a silo that
    /// did not stop in order may lack the last moment.
    /// </summary>
    public bool IsExact { get; init; }

    /// <summary>The last acknowledged batch of each silo.</summary>
    public required IReadOnlyDictionary<string, StoreMark> Marks { get; init; }

    /// <summary>The last acknowledged record of each flavor and of the directory.</summary>
    public required IReadOnlyDictionary<string, StoreHead> Heads { get; init; }

    /// <summary>Whether nothing was acknowledged, so that nothing can be lost.</summary>
    [JsonIgnore]
    public bool IsEmpty => Id is null || (Marks.Count == 0 && Heads.Count == 0);
}

/// <summary>The last batch of records that a silo wrote.</summary>
/// <param name="Number">Its number; a silo numbers its batches from 1.</param>
/// <param name="At">When it was written, in seconds of the Unix epoch.</param>
internal readonly record struct StoreMark(long Number, long At);

/// <summary>The last record of a journal.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Link">The hash of its bytes, which for a flavor is the head of its ledger; empty: not known.</param>
internal readonly record struct StoreHead(long Sequence, string Link)
{
    /// <summary>Whether another one has the same number, so that one of them was written anew.</summary>
    public bool Differs(StoreHead other) => Sequence == other.Sequence
        && !string.IsNullOrEmpty(Link) && !string.IsNullOrEmpty(other.Link) && Link != other.Link;
}

/// <summary>How the file of a silo is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KnownStore))]
internal sealed partial class KnownStoreJson : JsonSerializerContext;
