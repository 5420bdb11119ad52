using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>One chunk of a run's width on one envelope (or on none): what a lease claims.</summary>
/// <remarks>There is one for each open lease. To save memory it refers to the lease, and instants are ticks.</remarks>
internal sealed class Claim(
    Lease of, string owner, int gpus, Relation relation, DateTimeOffset admittedAt, RunMeter meter) : IComparable<Claim>
{
    private readonly long admittedAt = admittedAt.UtcTicks;
    private long since;

    /// <summary>The lease that claims.</summary>
    public Lease Of => of;

    public long Lease => of.Id;

    public RunKey Run => of.Run;

    public bool Spare => of.Role == LeaseRole.Spare;

    /// <summary>The owner of the run.</summary>
    public string Owner => owner;

    /// <summary>Where the run's use is added up.</summary>
    public RunMeter Meter => meter;

    public int Gpus { get; } = gpus;

    public Relation Relation { get; } = relation;

    public DateTimeOffset AdmittedAt => new(admittedAt, TimeSpan.Zero);

    /// <summary>The envelope and its caps; empty without a payer.</summary>
    public ClaimBook[] Books { get; set; } = [];

    /// <summary>The class that it was last settled at.</summary>
    public FundingClass Class { get; set; } = FundingClass.Unfunded;

    /// <summary>Since when it has <see cref="Class"/>: up to here it is metered.</summary>
    public DateTimeOffset Since
    {
        get => new(since, TimeSpan.Zero);
        set => since = value.UtcTicks;
    }

    /// <summary>Puts it in its books.</summary>
    public void Join()
    {
        foreach (var book in Books)
            book.Add(this);
    }

    /// <summary>Takes it out of its books.</summary>
    public void Withdraw()
    {
        foreach (var book in Books)
            book.Remove(this);
    }

    /// <summary>Its class now: its envelope and every cap over it must fund it.</summary>
    public FundingClass Classify()
    {
        foreach (var book in Books)
        {
            if (!book.Funds(this))
                return FundingClass.Unfunded;
        }
        return Books.Length == 0 ? FundingClass.Unfunded : Relation.Class();
    }

    /// <summary>Adds its use up to an instant to the run's meter, in the class that it had.</summary>
    public void MeterUntil(DateTimeOffset at)
    {
        if (at <= Since)
            return;
        Meter.Add(Class, Gpus, at - Since);
        Since = at;
    }

    /// <summary>Funding order: relation, admission time, run, chunk; the lease number settles what is left.</summary>
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
