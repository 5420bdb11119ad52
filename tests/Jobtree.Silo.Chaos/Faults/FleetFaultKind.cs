namespace Jobtree.Silo.Chaos.Faults;

/// <summary>What can be done to the fleet that the cluster serves.</summary>
internal enum FleetFaultKind
{
    /// <summary>A node fails: it is fenced, and comes back some seconds later.</summary>
    FenceNode,

    /// <summary>A node gets nothing new for some seconds.</summary>
    CordonNode,

    /// <summary>A node is drained, and comes back.</summary>
    DrainNode,

    /// <summary>A budget loses a part of its GPUs, or all, and gets them back.</summary>
    CutBudget,
}
