namespace Jobtree.Core.Model;

/// <summary>Why a lease began.</summary>
public enum LeaseStartReason
{
    /// <summary>The run was admitted.</summary>
    Start,

    /// <summary>An elastic run grew.</summary>
    Grow,

    /// <summary>It takes over from a failed lease.</summary>
    Swap,

    /// <summary>A reservation was activated.</summary>
    Promise,
}
