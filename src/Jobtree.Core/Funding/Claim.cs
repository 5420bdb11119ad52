using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>One chunk of a run's width on one envelope, or on none. A lease makes one claim.</summary>
/// <remarks>There is one per open lease. To save memory, it refers to the lease and stores instants as ticks.</remarks>
internal sealed class Claim(
    Lease of, string owner, int gpus, Relation relation, DateTimeOffset admittedAt, RunMeter meter) : IComparable<Claim>
{
    private readonly long admittedAt = admittedAt.UtcTicks;
    private long since;

    /// <summary>The lease that makes the claim.</summary>
    public Lease Of => of;

    public long Lease => of.Id;

    public RunKey Run => of.Run;

    public bool Spare => of.Role == LeaseRole.Spare;

    /// <summary>The owner of the run.</summary>
    public string Owner => owner;

    /// <summary>The meter that sums the run's use.</summary>
    public RunMeter Meter => meter;

    public int Gpus { get; } = gpus;

    public Relation Relation { get; } = relation;

    public DateTimeOffset AdmittedAt => new(admittedAt, TimeSpan.Zero);

    /// <summary>The books of the envelope and of the caps over it. Empty without a payer.</summary>
    public ClaimBook[] Books { get; set; } = [];

    /// <summary>The pool of the books. Null without a payer.</summary>
    public ClaimPool? Pool => Books.Length == 0 ? null : Books[0].Pool;

    /// <summary>The class at the last settlement.</summary>
    public FundingClass Class { get; set; } = FundingClass.Unfunded;

    /// <summary>The instant up to which the claim is metered. It has had <see cref="Class"/> since then.</summary>
    public DateTimeOffset Since
    {
        get => new(since, TimeSpan.Zero);
        set => since = value.UtcTicks;
    }

    /// <summary>Adds the claim to its books.</summary>
    public void Join()
    {
        foreach (var book in Books)
            book.Add(this);
    }

    /// <summary>Removes the claim from its books.</summary>
    public void Withdraw()
    {
        foreach (var book in Books)
            book.Remove(this);
    }

    /// <summary>The present class. A claim is funded only if its envelope and every cap over it fund it.</summary>
    public FundingClass Classify() => Pool?.Funds(this) == true ? Relation.Class() : FundingClass.Unfunded;

    /// <summary>Meters the claim's use up to an instant, at its settled class.</summary>
    public void MeterUntil(DateTimeOffset at)
    {
        if (at <= Since)
            return;
        Meter.Add(Class, Gpus, at - Since);
        Since = at;
    }

    /// <summary>Funding order: relation, admission time, run, chunk. The lease number breaks ties.</summary>
    public int CompareTo(Claim? other)
    {
        var order = Relation.CompareTo(other!.Relation);
        if (order == 0)
            order = admittedAt.CompareTo(other.admittedAt);
        if (order == 0)
            order = Run.CompareTo(other.Run);
        if (order == 0)
            order = Of.Chunk.CompareTo(other.Of.Chunk);
        return order != 0 ? order : Lease.CompareTo(other.Lease);
    }
}
