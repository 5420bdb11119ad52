namespace Jobtree.Core.Scheduling;

/// <summary>What keeps a demand from being placed; the first that applies.</summary>
public enum PlacementObstacle
{
    /// <summary>Nothing: it fits.</summary>
    None,

    /// <summary>The fleet could not hold it even if nothing else ran.</summary>
    FleetTooSmall,

    /// <summary>Fewer GPUs are free than it asks for, where its selector allows.</summary>
    ShortOfGpus,

    /// <summary>Enough GPUs are free, but not together as it asks.</summary>
    Fragmented,

    /// <summary>The free GPUs are reserved for others ahead of it, whose start it would outlast.</summary>
    ReservedForOthers,
}
