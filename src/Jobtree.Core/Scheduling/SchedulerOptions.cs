namespace Jobtree.Core.Scheduling;

/// <summary>The limits and times of a scheduler.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The most waiting runs in one flavor. Further runs are refused.</summary>
    public int QueueMax { get; init; } = 1_000_000;

    /// <summary>The most reservations in one flavor. Further fundable demand waits in the queue without one.</summary>
    public int ReservationsMax { get; init; } = 10_000;

    /// <summary>
    /// The number of reservations that hold a slice at a time. When one is free, the reserved run that is served first
    /// gets it, and keeps it until it starts. Slices are what small runs pay for gangs.
    /// </summary>
    public int SlicesMax { get; init; } = 4;

    /// <summary>
    /// With fewer reservations ahead of it, a run may be reserved for when claims on its payers end; others wait
    /// without a reservation.
    /// </summary>
    public int LaterFundedMax { get; init; } = 16;

    /// <summary>Who is served first of those that wait.</summary>
    public ServingOrder Serving { get; init; }

    /// <summary>
    /// A lottery takes a run only if the share of its owner then still exceeds this multiple of the asker's share. At
    /// 1, owners of nearly equal shares cut each other all the time: of the Philly trace's 30,756 jobs, 24,435 were
    /// drawn, and the median wait grew from 4 to 12 hours. At 2, 918 were drawn, and the wait did not change.
    /// </summary>
    public int LotteryGap { get; init; } = 2;

    /// <summary>The minimum time between two plans of one reservation.</summary>
    public TimeSpan ReplanMin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long after it is made a reservation that could make room by cutting others may do so, if nothing fits by
    /// itself before that.
    /// </summary>
    public TimeSpan ActivationLead { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The number of runs behind the first of a class that are checked for one short enough to backfill.
    /// </summary>
    public int BackfillDepth { get; init; } = 128;

    /// <summary>
    /// The minimum time from a change of a run's leases to its next growth step: a workload that is resized has to
    /// settle, and one that just shrank does not grow back at once.
    /// </summary>
    public TimeSpan GrowthMin { get; init; } = TimeSpan.FromMinutes(1);
}
