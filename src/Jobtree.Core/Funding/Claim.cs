using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>One chunk of a run's width on one envelope (or on none): what a lease claims.</summary>
internal sealed class Claim(long lease, RunKey run, int chunk, int gpus, bool spare, Relation relation, DateTimeOffset admittedAt) : IComparable<Claim>
{
    public long Lease { get; } = lease;

    public RunKey Run { get; } = run;

    public int Chunk { get; } = chunk;

    public int Gpus { get; } = gpus;

    public bool Spare { get; } = spare;

    public Relation Relation { get; } = relation;

    public DateTimeOffset AdmittedAt { get; } = admittedAt;

    /// <summary>The envelope and its caps; empty without a payer.</summary>
    public ClaimBook[] Books { get; set; } = [];

    /// <summary>The class at the book's last classification.</summary>
    public FundingClass Class { get; set; } = FundingClass.Unfunded;

    /// <summary>Since when it has <see cref="Class"/>: up to here it is metered.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Funding order: relation, admission time, run, chunk; the lease number settles what is left.</summary>
    public int CompareTo(Claim? other)
    {
        var order = Relation.CompareTo(other!.Relation);
        if (order == 0)
            order = AdmittedAt.CompareTo(other.AdmittedAt);
        if (order == 0)
            order = Run.CompareTo(other.Run);
        if (order == 0)
            order = Chunk.CompareTo(other.Chunk);
        return order != 0 ? order : Lease.CompareTo(other.Lease);
    }
}
