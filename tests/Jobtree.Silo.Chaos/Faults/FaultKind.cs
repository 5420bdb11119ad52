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

    /// <summary>The wall clock of a silo's machine steps, and is put right later.</summary>
    StepClock,

    /// <summary>A silo begins under a wrong wall clock, which is put right later.</summary>
    BeginWithWrongClock,

    /// <summary>What silos and Redis say to each other arrives late, and connections break at the end.</summary>
    DelayRedis,

    /// <summary>A silo does not reach Redis, while it reaches the other silos and its clients.</summary>
    PartFromRedis,

    /// <summary>Two silos do not reach each other until one of them has left and some seconds more.</summary>
    BreakLink,

    /// <summary>What one silo says to another is lost, and what that one says arrives.</summary>
    BreakOneWay,

    /// <summary>A silo reaches no other silo, while it reaches Redis and its clients.</summary>
    Isolate,

    /// <summary>Redis is killed, and comes back without the last that it had acknowledged.</summary>
    LoseTail,
}
