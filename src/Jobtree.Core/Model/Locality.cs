using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>How a run's GPUs must lie together.</summary>
public sealed record Locality
{
    /// <summary>
    /// GPUs per placement group; each group stays in one fabric domain. Absent: no groups. The last group may be
    /// smaller.
    /// </summary>
    public int? GroupGPUs { get; init; }

    /// <summary>Whether the groups may be in different domains; by default they may.</summary>
    // Written even at its zero: journals leave zeros out, and this one is not what an absent value means.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool AllowCrossGroupSpread { get; init; } = true;

    /// <summary>Labels that must be equal on every node used.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }
}
