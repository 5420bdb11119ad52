using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A run with open leases.</summary>
/// <remarks>
/// There may be one per GPU of a fleet. To save memory, instants are ticks, and a single lease is stored without a
/// list, because most runs have only one.
/// </remarks>
public sealed class RunningRun
{
    private static readonly TimeSpan RemainingMin = TimeSpan.FromMinutes(1);
    private readonly long startedAt;
    private readonly long expectedEnd;
    private Lease? only;
    private Lease[]? several;
    private long changedAt;
    private int gpus;

    internal RunningRun(Demand demand, DateTimeOffset startedAt, DateTimeOffset expectedEnd) =>
        (Demand, this.startedAt, this.expectedEnd, changedAt) =
            (demand, startedAt.UtcTicks, expectedEnd.UtcTicks, startedAt.UtcTicks);

    /// <summary>What it asked for, with the width that it wants now.</summary>
    public Demand Demand { get; internal set; }

    /// <summary>When its present leases began.</summary>
    public DateTimeOffset StartedAt => new(startedAt, TimeSpan.Zero);

    /// <summary><see cref="StartedAt"/> in UTC ticks.</summary>
    internal long StartedTicks => startedAt;

    /// <summary>When it is expected to end. Backfill and slices are planned by this.</summary>
    public DateTimeOffset ExpectedEnd => new(expectedEnd, TimeSpan.Zero);

    /// <summary><see cref="ExpectedEnd"/> in UTC ticks.</summary>
    internal long ExpectedEndTicks => expectedEnd;

    /// <summary>When it last gained or lost leases.</summary>
    public DateTimeOffset ChangedAt
    {
        get => new(changedAt, TimeSpan.Zero);
        internal set => changedAt = value.UtcTicks;
    }

    /// <summary>Its open leases at this moment, in number order.</summary>
    public IReadOnlyList<Lease> Leases => several ?? (only is null ? [] : [only]);

    /// <summary>GPU-seconds since it started, by class, up to the last class change.</summary>
    public RunMeter Meter { get; } = new();

    /// <summary>Whether all its claims were funded at the last settlement.</summary>
    public bool IsFunded => Meter.UnfundedGpus == 0;

    /// <summary>
    /// Whether it may have lost leases in this attempt, whose use its meter then contains. After a restart nobody
    /// knows.
    /// </summary>
    internal bool MayHaveLostLeases { get; set; }

    /// <summary>
    /// The forecast of its remaining time, in ticks: until it is expected to end. One that has outlived that, and what
    /// it stated, is expected to need what its owner's runs still took that had outlived their statements as much. If
    /// too few did, or it stated nothing, it is expected to need another quarter of its age.
    /// </summary>
    /// <param name="now">The instant, in UTC ticks.</param>
    /// <param name="durations">What past runs took.</param>
    internal long RemainingTicks(long now, DurationHistory durations)
    {
        if (expectedEnd > now)
            return expectedEnd - now;
        var age = now - startedAt;
        if (Demand.ExpectedDuration is { } stated
            && durations.StillTook(Demand.Owner, stated, new TimeSpan(age)) is { } more)
            return Math.Max(more.Ticks, RemainingMin.Ticks);
        var quarter = (age >> 2) + ((age & 3) + (age >> 2 & 1) > 2 ? 1 : 0); // Rounded to nearest, half to even.
        return Math.Max(quarter, RemainingMin.Ticks);
    }

    /// <summary>Its open leases in number order. Valid until a lease is gained or lost.</summary>
    public ReadOnlySpan<Lease> OpenLeases =>
        several is not null ? several : only is null ? [] : new ReadOnlySpan<Lease>(in only);

    /// <summary>GPUs of its active leases.</summary>
    public int Gpus() => gpus;

    /// <summary>
    /// The place of a lease's claim in the funding order: the admission of the run. What it gained later ranks from
    /// then. What replaces or continues another lease keeps the run's place.
    /// </summary>
    internal DateTimeOffset PlaceOf(Lease lease) =>
        Demand.AdmittedAt ?? (lease.Reason == LeaseStartReason.Grow ? lease.Start : StartedAt);

    /// <summary>
    /// Adds all leases that one decision opens. A run with thousands of leases copies its list only once.
    /// </summary>
    internal void Gain(ReadOnlySpan<Lease> leases)
    {
        if (leases.Length == 1 && OpenLeases.IsEmpty)
            only = leases[0];
        else
            (only, several) = (null, [.. OpenLeases, .. leases]);
        foreach (var lease in leases)
            gpus += lease.Role == LeaseRole.Active ? lease.Gpus() : 0;
    }

    internal Lease Lose(long lease)
    {
        var lost = Find(lease) ?? throw new InvalidOperationException(
            $"{Demand.Run} lost lease {lease}, which it does not hold.");
        var left = Leases.Where(open => open != lost).ToArray();
        only = left is [{ } last] ? last : null;
        several = left.Length > 1 ? left : null;
        MayHaveLostLeases = true;
        gpus -= lost.Role == LeaseRole.Active ? lost.Gpus() : 0;
        return lost;
    }

    /// <summary>Replaces an open lease by itself with a payer.</summary>
    internal Lease Assign(long lease, EnvelopeKey payer)
    {
        var old = Find(lease) ?? throw new InvalidOperationException(
            $"{Demand.Run} was given a payer for lease {lease}, which it does not hold.");
        if (old.Payer is { } present)
            throw new InvalidOperationException($"Lease {lease} of {Demand.Run} has {present} as its payer already.");
        var paid = old with { Payer = payer };
        if (several is null)
        {
            only = paid;
            return paid;
        }
        // A copy, because those who were given the list hold it.
        several = [.. several];
        several[Array.IndexOf(several, old)] = paid;
        return paid;
    }

    /// <summary>The open lease with a number. Null if the run has none.</summary>
    /// <param name="lease">The number.</param>
    public Lease? Find(long lease)
    {
        foreach (var open in OpenLeases)
        {
            if (open.Id == lease)
                return open;
        }
        return null;
    }
}

/// <summary>Running runs in order of their first admission, then by name.</summary>
internal sealed class AdmissionOrder : IComparer<RunningRun>
{
    public static AdmissionOrder Instance { get; } = new();

    public int Compare(RunningRun? left, RunningRun? right)
    {
        var order = (left!.Demand.AdmittedAt ?? left.StartedAt).CompareTo(right!.Demand.AdmittedAt ?? right.StartedAt);
        return order != 0 ? order : left.Demand.Run.CompareTo(right.Demand.Run);
    }
}
