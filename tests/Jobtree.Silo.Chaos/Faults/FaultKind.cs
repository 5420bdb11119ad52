namespace Jobtree.Silo.Chaos.Faults;

/// <summary>What can be done to the cluster.</summary>
internal enum FaultKind
{
    /// <summary>A silo is killed (SIGKILL), and comes back some seconds later.</summary>
    KillSilo,

    /// <summary>
    /// A silo does not run (SIGSTOP) until the others have declared it dead and some seconds more, and then goes on
    /// (SIGCONT).
    /// </summary>
    PauseSilo,

    /// <summary>A silo is asked to stop (SIGTERM), and comes back.</summary>
    StopSilo,

    /// <summary>All silos are killed at once.</summary>
    KillAllSilos,

    /// <summary>Redis is killed, and started again on its file.</summary>
    KillRedis,

    /// <summary>Redis does not run for some seconds, and then goes on.</summary>
    PauseRedis,

    /// <summary>Two silos do not reach each other until one of them has left and some seconds more.</summary>
    BreakLink,
}
