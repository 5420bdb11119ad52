namespace Jobtree.Core.Ledger;

/// <summary>
/// The store lost entries of a ledger, and an operator accepted that. What they started may still run, on nodes that
/// nobody can name any more: so all nodes of the flavor are cordoned, and those that are registered from then on, until
/// an operator or an entry that settles the loss says otherwise.
/// </summary>
public sealed record LedgerLoss
{
    /// <summary>The reason that a node shows which is cordoned for a loss.</summary>
    public const string NodeReason = "may hold lost leases";

    /// <summary>Who has cordoned it, if the entry does not say.</summary>
    public const string NodeSetBy = "accept-loss";

    /// <summary>The number of the last entry that is known to be lost; 0: entries may be lost, but none is known to be.
    /// The first lost one has the number of the entry that says so.</summary>
    public long LastLost { get; init; }

    /// <summary>The hash of that entry, so that a copy of it can be recognized; absent: not known.</summary>
    public string? HeadLost { get; init; }

    /// <summary>Whether this ends the loss: nothing runs any more that lost entries started.</summary>
    public bool IsSettled { get; init; }
}
