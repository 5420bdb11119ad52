using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>A claim on GPUs of one flavor, in one kind of place, of a width, for a window of time.</summary>
public sealed record Envelope
{
    /// <summary>The name, unique in its budget.</summary>
    public required string Name { get; init; }

    /// <summary>The GPU flavor.</summary>
    public required string Flavor { get; init; }

    /// <summary>
    /// Labels that must be equal on a node for the envelope to pay there; absent or empty matches every node.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>The width: how many GPUs it funds at once, at least 0.</summary>
    // Written even at its zero: journals leave zeros out, and this one is not what an absent value means.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int Concurrency { get; init; }

    /// <summary>The window's first instant.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The first instant after the window; later than <see cref="Start"/>.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Who of the family may use what the owner leaves idle.</summary>
    public Sharing Sharing { get; init; }

    /// <summary>What may happen before the window opens.</summary>
    public PreActivation? PreActivation { get; init; }

    /// <summary>Who else may borrow, and how much.</summary>
    public Lending? Lending { get; init; }

    /// <summary>Whether the window covers an instant. Outside its window an envelope funds nothing.</summary>
    /// <param name="at">The instant.</param>
    public bool IsOpen(DateTimeOffset at) => Start <= at && at < End;
}
