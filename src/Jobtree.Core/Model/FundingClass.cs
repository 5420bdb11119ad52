namespace Jobtree.Core.Model;

/// <summary>How a claim is paid for at an instant. Derived from budgets, leases and time; never stored.</summary>
public enum FundingClass : byte
{
    /// <summary>Funded by an envelope of the run's own owner.</summary>
    Owned,

    /// <summary>Funded by an envelope of the family.</summary>
    Shared,

    /// <summary>Funded by a sponsor's envelope.</summary>
    Borrowed,

    /// <summary>Not funded: runs on what is idle and yields to what is funded.</summary>
    Unfunded,
}
