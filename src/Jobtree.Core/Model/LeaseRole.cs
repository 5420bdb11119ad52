namespace Jobtree.Core.Model;

/// <summary>What a lease's slots are for.</summary>
public enum LeaseRole
{
    /// <summary>Computing.</summary>
    Active,

    /// <summary>Held for a failure in the same group.</summary>
    Spare,
}
