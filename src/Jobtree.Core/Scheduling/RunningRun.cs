using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A run with open leases.</summary>
public sealed class RunningRun
{
    private static readonly TimeSpan RemainingMin = TimeSpan.FromMinutes(1);
    private int gpus;

    internal RunningRun(Demand demand, DateTimeOffset startedAt, DateTimeOffset expectedEnd) =>
        (Demand, StartedAt, ExpectedEnd) = (demand, startedAt, expectedEnd);

    /// <summary>What it asked for.</summary>
    public Demand Demand { get; }

    /// <summary>When its present leases began.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>When it is expected to end: what backfill and slices are planned by.</summary>
    public DateTimeOffset ExpectedEnd { get; internal set; }

    /// <summary>Its open leases in order of number.</summary>
    public IReadOnlyList<Lease> Leases => OpenLeases;

    /// <summary>GPU-seconds used since it started, by class, up to the last change.</summary>
    public RunMeter Meter { get; } = new();

    /// <summary>Ticks of the time that it is taken to need still.</summary>
    /// <param name="now">The instant in ticks of universal time.</param>
    internal long RemainingTicks(long now)
    {
        var end = ExpectedEnd.UtcTicks;
        if (end > now)
            return end - now;
        var quarter = (long)Math.Round((now - StartedAt.UtcTicks) / 4d);
        return Math.Max(quarter, RemainingMin.Ticks);
    }

    internal List<Lease> OpenLeases { get; } = new(1);

    /// <summary>GPUs of its active leases.</summary>
    public int Gpus() => gpus;

    internal void Gain(Lease lease)
    {
        OpenLeases.Add(lease);
        gpus += lease.Role == LeaseRole.Active ? lease.Gpus() : 0;
    }

    internal Lease Lose(long lease)
    {
        var index = OpenLeases.FindIndex(open => open.Id == lease);
        var lost = OpenLeases[index];
        OpenLeases.RemoveAt(index);
        gpus -= lost.Role == LeaseRole.Active ? lost.Gpus() : 0;
        return lost;
    }
}
