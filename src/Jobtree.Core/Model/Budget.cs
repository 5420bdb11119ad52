using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>What an owner may claim: envelopes of GPUs, and the owner's place in its family.</summary>
public sealed record Budget
{
    /// <summary>The budget's name, unique in its namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The budget's namespace; null means <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Whether <see cref="Key"/> includes the namespace. It does not in <c>default</c>, nor in records from before
    /// budgets had namespaces, when names were unique in the fleet. Such a budget keeps its key until it is applied
    /// again.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsNamespaced { get; init; }

    /// <summary>
    /// The key from before the budget was applied again with its namespace. Claims on that key belong to this budget.
    /// </summary>
    public string? FormerKey { get; init; }

    /// <summary>The budget's identity, <c>namespace/name</c>; <c>default</c> is left out.</summary>
    [JsonIgnore]
    public string Key => IsNamespaced ? $"{Namespace}/{Name}" : Name;

    /// <summary>The owner, a path such as <c>org:ai:rai</c>.</summary>
    public required string Owner { get; init; }

    /// <summary>The owner's parents. Only what is declared here makes a family.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];

    /// <summary>The envelopes.</summary>
    public IReadOnlyList<Envelope> Envelopes { get; init; } = [];

    /// <summary>Caps across several envelopes of this budget.</summary>
    public IReadOnlyList<AggregateCap> AggregateCaps { get; init; } = [];

    /// <summary>What the owner, and those below it, may have in envelopes of their own making; null: nothing is said of
    /// that.</summary>
    public IReadOnlyList<Grant>? Grants { get; init; }

    /// <summary>When to list an envelope as ending soon.</summary>
    public AutoRenew? AutoRenew { get; init; }
}

/// <summary>A cap shared by the claims on several envelopes of one budget.</summary>
public sealed record AggregateCap
{
    /// <summary>The name, unique among the envelopes and caps of the budget.</summary>
    public required string Name { get; init; }

    /// <summary>The flavor of all the named envelopes.</summary>
    public required string Flavor { get; init; }

    /// <summary>Names of envelopes of this budget.</summary>
    public required IReadOnlyList<string> Envelopes { get; init; }

    /// <summary>The most GPUs funded at once through these envelopes, at least 0; absent: no bound.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>GPU-hours that are meant to be used through these envelopes. Shown beside what is used; gates nothing.
    /// </summary>
    public double? MaxGPUHours { get; init; }
}

/// <summary>A reminder that a window ends; it never extends one.</summary>
public sealed record AutoRenew
{
    /// <summary>How long before its end an envelope is listed as ending soon.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TimeSpan NotifyBefore { get; init; }
}
