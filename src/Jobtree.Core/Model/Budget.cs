namespace Jobtree.Core.Model;

/// <summary>What an owner may claim: envelopes of GPUs, and where the owner stands in its family.</summary>
public sealed record Budget
{
    /// <summary>The budget's name, unique in the fleet.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace whose runs belong to <see cref="Owner"/> unless they say otherwise.</summary>
    public string? Namespace { get; init; }

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
