using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>A bound that claims on several envelopes of one budget share.</summary>
public sealed record AggregateCap
{
    /// <summary>The name, unique among the envelopes and caps of its budget.</summary>
    public required string Name { get; init; }

    /// <summary>The flavor of all the envelopes named.</summary>
    public required string Flavor { get; init; }

    /// <summary>Names of envelopes of this budget.</summary>
    public required IReadOnlyList<string> Envelopes { get; init; }

    /// <summary>The most GPUs funded through these envelopes at once, at least 0.</summary>
    // Written even at its zero: journals leave zeros out, and this one is not what an absent value means.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int MaxConcurrency { get; init; }
}
