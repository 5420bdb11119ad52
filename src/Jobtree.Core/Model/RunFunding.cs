namespace Jobtree.Core.Model;

/// <summary>Whether a run may borrow outside its owner's family, from whom, and how much.</summary>
public sealed record RunFunding
{
    /// <summary>Whether it may borrow at all.</summary>
    public bool AllowBorrow { get; init; }

    /// <summary>The most GPUs that one admission or growth step may borrow; absent: no bound.</summary>
    public int? MaxBorrowGPUs { get; init; }

    /// <summary>Owners to borrow from, in this order.</summary>
    public IReadOnlyList<string> Sponsors { get; init; } = [];
}
