using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>What an owner may claim: envelopes of GPUs, and where the owner stands in its family.</summary>
public sealed record Budget
{
    /// <summary>The budget's name, unique in its namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace that it lives in; null: <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Whether the namespace is part of <see cref="Key"/>. It is not in <c>default</c>, nor in records of before
    /// budgets lived in namespaces, when names were unique in the fleet: such a budget keeps its key until it is
    /// applied again.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsNamespaced { get; init; }

    /// <summary>
    /// The key that it had before it was applied again with its namespace: claims on that key are on this budget.
    /// </summary>
    public string? FormerKey { get; init; }

    /// <summary>Its identity, <c>namespace/name</c>; <c>default</c> is left out.</summary>
    [JsonIgnore]
    public string Key => IsNamespaced ? $"{Namespace}/{Name}" : Name;

    /// <summary>The owner, a path such as <c>org:ai:rai</c>.</summary>
    public required string Owner { get; init; }

    /// <summary>The owner's parents. Where no budget of an owner names any, the enclosing path is its parent.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];

    /// <summary>The envelopes.</summary>
    public IReadOnlyList<Envelope> Envelopes { get; init; } = [];

    /// <summary>Bounds over several envelopes of this budget at once.</summary>
    public IReadOnlyList<AggregateCap> AggregateCaps { get; init; } = [];

    /// <summary>When to list an envelope as ending soon.</summary>
    public AutoRenew? AutoRenew { get; init; }
}

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

/// <summary>A reminder that a window ends; it never extends one.</summary>
public sealed record AutoRenew
{
    /// <summary>How long before its end an envelope is listed as ending soon.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TimeSpan NotifyBefore { get; init; }
}
