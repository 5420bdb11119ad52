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

    /// <summary>A cut is not made for a run that is expected to fit by itself within this time.</summary>
    public TimeSpan ShortWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A cut is worth while if the asker's GPUs compute at least this many times as much in the time that it saves as
    /// it destroys. At 1, a month on a made-up fleet of 48 GPUs did 5 % of its work twice, and 2 % at 4.
    /// </summary>
    public double CutGain { get; init; } = 4;

    /// <summary>
    /// What the cuts for an owner's runs may destroy beyond that, per GPU of its own concurrency, in
    /// <see cref="CutAllowanceTime"/>. The last cut may exceed it, up to <see cref="CutLossMax"/>.
    /// </summary>
    public TimeSpan CutAllowance { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The time in which a used allowance is given back, little by little.</summary>
    public TimeSpan CutAllowanceTime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// What one decision may destroy beyond what it saves, per GPU of the own concurrency of the asker's owner.
    /// </summary>
    public TimeSpan CutLossMax { get; init; } = TimeSpan.FromHours(6);

    /// <summary>
    /// After this wait, cuts for a run are not weighed any more: its claim is served whatever is lost. At zero, claims
    /// are always served at once.
    /// </summary>
    public TimeSpan ClaimWaitMax { get; init; } = TimeSpan.FromDays(7);

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
