using Jobtree.Actors.Ports;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>What a fleet in one process is made with.</summary>
public sealed record LocalFleetOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gives each actor its journal; by default nothing is kept.</summary>
    public Func<ActorKey, IJournal> Journals { get; init; } = _ => NoJournal.Instance;

    /// <summary>Carries out starts and stops; by default others do, and are told nothing again at a restart.</summary>
    public IExecutor? Executor { get; init; }

    /// <summary>The scheduler's limits and times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>
    /// Whether facts are delivered and due reservations served only when <see cref="LocalFleet.Settle"/> is called:
    /// then one thread runs everything in one order, under whatever clock. Otherwise that happens in the background.
    /// </summary>
    public bool Stepped { get; init; }
}
