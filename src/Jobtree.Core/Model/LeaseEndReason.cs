namespace Jobtree.Core.Model;

/// <summary>Why a lease ended.</summary>
public enum LeaseEndReason
{
    /// <summary>The run completed.</summary>
    Completed,

    /// <summary>The run was cancelled.</summary>
    Cancelled,

    /// <summary>A node under it was fenced.</summary>
    NodeFailure,

    /// <summary>A spare was used up by a swap.</summary>
    Swap,

    /// <summary>A swap would have evicted funded work.</summary>
    SwapDeclined,

    /// <summary>A filler gave its slots back to the spare under it.</summary>
    ReclaimedBySpare,

    /// <summary>The run failed.</summary>
    RunFailed,

    /// <summary>The run shrank.</summary>
    Shrink,

    /// <summary>A spare was given up for a reservation.</summary>
    DropSpare,

    /// <summary>Unfunded work yielded to funded demand; carries the lottery's seed.</summary>
    ReclaimUnfunded,

    /// <summary>Funded work was drawn by a lottery; carries its seed.</summary>
    RandomPreempt,
}
