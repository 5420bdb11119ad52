using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>
/// How many GPUs an owner and those below it may have in envelopes that their own operators write. The owner of the
/// budget that holds it grants it.
/// </summary>
public sealed record Grant
{
    /// <summary>The owner that it is granted to: the budget's own, or one below.</summary>
    public required string To { get; init; }

    /// <summary>The GPU flavor.</summary>
    public required string Flavor { get; init; }

    /// <summary>How many GPUs at once, at least 0.</summary>
    // Always written: journals leave out zeros, and zero is not what an absent value means here.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int Concurrency { get; init; }

    /// <summary>The first instant that it is for; absent: it has always been.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>The first instant that it is not for any more; absent: none.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Whether it is for an instant.</summary>
    /// <param name="at">The instant.</param>
    public bool IsFor(DateTimeOffset at) => (Start is null || Start <= at) && (End is null || at < End);
}
