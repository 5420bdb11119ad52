namespace Jobtree.Simulation.Faults.Breaks;

/// <summary>A rule that a simulation breaks on purpose, to show that it would be seen.</summary>
internal enum BrokenRule
{
    /// <summary>None: the fleet as it is.</summary>
    None,

    /// <summary>A flavor's facts reach their receivers in another order than they happened.</summary>
    Order,

    /// <summary>The store takes what a superseded activation appends.</summary>
    Fence,

    /// <summary>Receivers take facts again that they have seen.</summary>
    Dedup,

    /// <summary>A window opens and closes one tick late.</summary>
    Window,

    /// <summary>A run is cut although the demand fits without that.</summary>
    Cut,

    /// <summary>One claim counts twice on its envelope.</summary>
    Claim,

    /// <summary>A promised start is moved later and nothing has changed.</summary>
    Promise,

    /// <summary>A filler keeps its slots when the spare beneath it takes over for a failed node.</summary>
    Filler,
}
