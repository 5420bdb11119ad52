namespace Jobtree.Core.Scheduling;

/// <summary>The limits and times of a scheduler.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The most runs that wait in one flavor; one more is refused.</summary>
    public int QueueMax { get; init; } = 1_000_000;

    /// <summary>The most reservations of one flavor; fundable demand beyond waits its turn in the queue.</summary>
    public int ReservationsMax { get; init; } = 10_000;

    /// <summary>
    /// How many reservations, from the front, hold a slice. Those behind get theirs when they move up.
    /// </summary>
    public int SlicesMax { get; init; } = 16;

    /// <summary>The least time between two plans of one reservation.</summary>
    public TimeSpan ReplanMin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many runs behind the first of a class are looked at for one short enough to backfill.</summary>
    public int BackfillDepth { get; init; } = 128;
}
