namespace Jobtree.Core.Model;

/// <summary>What somebody has done to a node, and so what it may be used for.</summary>
public enum NodeState
{
    /// <summary>Takes new work.</summary>
    Ready,

    /// <summary>Takes nothing new; work there goes on.</summary>
    Cordoned,

    /// <summary>Known dead: its leases must end.</summary>
    Fenced,
}

/// <summary>Who gave a node its state, why and when.</summary>
/// <param name="By">The person or program, such as the name of a token.</param>
/// <param name="Since">Since when it has the state.</param>
/// <param name="Reason">Why, in a sentence; null: that was not said.</param>
public sealed record NodeStateChange(string By, DateTimeOffset Since, string? Reason = null);
