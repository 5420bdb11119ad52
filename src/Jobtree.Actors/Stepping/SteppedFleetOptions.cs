using Jobtree.Actors.Ports;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Stepping;

/// <summary>What a stepped fleet is made with.</summary>
public sealed record SteppedFleetOptions
{
    /// <summary>The clock, which stands still while the fleet is stepped.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gives each actor its journal, which must complete an append at once; by default nothing is
    /// kept.</summary>
    public Func<ActorKey, IJournal> Journals { get; init; } = _ => NoJournal.Instance;

    /// <summary>Carries out starts and stops; absent: nobody does, and running work is not started again by
    /// <see cref="SteppedFleet.Resume"/>.</summary>
    public IExecutor? Executor { get; init; }

    /// <summary>The scheduler's limits and times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();
}
