namespace Jobtree.Core.Model;

/// <summary>What a node may be used for.</summary>
public enum NodeState
{
    /// <summary>Takes new work.</summary>
    Ready,

    /// <summary>Takes nothing new; work there goes on.</summary>
    Cordoned,

    /// <summary>Known dead: its leases must end.</summary>
    Fenced,
}
