using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>A reminder that a window ends; it never extends one.</summary>
public sealed record AutoRenew
{
    /// <summary>How long before its end an envelope is listed as ending soon.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TimeSpan NotifyBefore { get; init; }
}
