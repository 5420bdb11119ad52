namespace Jobtree.Execution;

/// <summary>What carries out the starts and stops of runs.</summary>
public enum ExecutorKind
{
    /// <summary>Nothing here: others watch the leases and report ends through the API.</summary>
    External,

    /// <summary>A clock: runs end well after their expected duration.</summary>
    Simulated,

    /// <summary>
    /// Child processes of this host. Whoever may submit a run then runs programs as this host's user.
    /// </summary>
    Process,
}
