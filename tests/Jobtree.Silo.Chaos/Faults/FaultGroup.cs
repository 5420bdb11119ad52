using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>Faults that need the same of the machine, and are asked for by one name.</summary>
/// <param name="Name">The name.</param>
/// <param name="WhatIsMissing">Why they cannot be done here; null: they can.</param>
/// <param name="Drawn">What is drawn from, in the midst of other faults; some more often.</param>
internal sealed record FaultGroup(string Name, Func<string?> WhatIsMissing, params IReadOnlyList<FaultKind> Drawn)
{
    /// <summary>Silos and Redis are killed, paused and stopped: that is always done.</summary>
    public static FaultGroup Processes { get; } = new("processes", Nothing,
        FaultKind.KillSilo, FaultKind.KillSilo, FaultKind.KillSilo, FaultKind.KillSilo, FaultKind.PauseSilo,
        FaultKind.PauseSilo, FaultKind.StopSilo, FaultKind.StopSilo, FaultKind.KillRedis, FaultKind.KillRedis,
        FaultKind.PauseRedis, FaultKind.KillAllSilos);

    /// <summary>Wall clocks are wrong.</summary>
    public static FaultGroup Clocks { get; } = new("clocks", FakeClock.WhatIsMissing,
        FaultKind.StepClock, FaultKind.StepClock, FaultKind.BeginWithWrongClock);

    /// <summary>The way between silos and Redis is slow or broken.</summary>
    public static FaultGroup Delays { get; } = new("delays", Nothing,
        FaultKind.DelayRedis, FaultKind.DelayRedis, FaultKind.PartFromRedis);

    /// <summary>Silos do not reach each other.</summary>
    public static FaultGroup Links { get; } = new("links", SmallNetwork.WhatIsMissing,
        FaultKind.BreakLink, FaultKind.BreakOneWay, FaultKind.Isolate);

    /// <summary>Redis loses what it acknowledged last: alone, at the end of rounds.</summary>
    public static FaultGroup Tail { get; } = new("tail", Nothing);

    /// <summary>All that there are.</summary>
    public static IReadOnlyList<FaultGroup> All { get; } = [Processes, Clocks, Delays, Links, Tail];

    private static string? Nothing() => null;
}
