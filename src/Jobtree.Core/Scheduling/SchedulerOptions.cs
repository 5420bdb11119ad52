namespace Jobtree.Core.Scheduling;

/// <summary>The limits and times of a scheduler.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The most waiting runs in one flavor. Further runs are refused.</summary>
    public int QueueMax { get; init; } = 1_000_000;

    /// <summary>The most reservations in one flavor. Further fundable demand waits in the queue without one.</summary>
    public int ReservationsMax { get; init; } = 10_000;

    /// <summary>
    /// The number of reservations, from the front, that hold a slice. Others get one when they move up.
    /// </summary>
    public int SlicesMax { get; init; } = 16;

    /// <summary>The minimum time between two plans of one reservation.</summary>
    public TimeSpan ReplanMin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The number of runs behind the first of a class that are checked for one short enough to backfill.
    /// </summary>
    public int BackfillDepth { get; init; } = 128;
}
