using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// The relation of a run's owner to an envelope's owner, as a rank. Claims of a lower rank are funded earlier. The
/// owner itself has rank 0, and a descendant has its distance. Siblings, cousins and sponsored borrowers follow.
/// </summary>
/// <param name="Rank">The rank.</param>
public readonly record struct Relation(int Rank) : IComparable<Relation>
{
    /// <summary>The distance of the farthest ancestor whose envelopes a run may use.</summary>
    public const int DistanceMax = 64;

    /// <summary>The envelope's owner itself.</summary>
    public static Relation Owner { get; } = new(0);

    /// <summary>An owner that shares a parent.</summary>
    public static Relation Sibling { get; } = new(DistanceMax + 1);

    /// <summary>An owner that shares a grandparent.</summary>
    public static Relation Cousin { get; } = new(DistanceMax + 2);

    /// <summary>An owner outside the family that borrows with the lender's consent.</summary>
    public static Relation Borrower { get; } = new(DistanceMax + 3);

    /// <summary>A descendant.</summary>
    /// <param name="distance">The number of generations, from 1 to <see cref="DistanceMax"/>.</param>
    public static Relation Descendant(int distance) => new(distance);

    /// <summary>The class of a funded claim with this relation.</summary>
    public FundingClass Class() =>
        this == Owner ? FundingClass.Owned : this == Borrower ? FundingClass.Borrowed : FundingClass.Shared;

    /// <inheritdoc/>
    public int CompareTo(Relation other) => Rank.CompareTo(other.Rank);

    /// <summary>Whether <paramref name="left"/> is funded before <paramref name="right"/>.</summary>
    public static bool operator <(Relation left, Relation right) => left.Rank < right.Rank;

    /// <summary>Whether <paramref name="left"/> is funded after <paramref name="right"/>.</summary>
    public static bool operator >(Relation left, Relation right) => left.Rank > right.Rank;

    /// <summary>Whether <paramref name="left"/> is funded before <paramref name="right"/> or ranks equal.</summary>
    public static bool operator <=(Relation left, Relation right) => left.Rank <= right.Rank;

    /// <summary>Whether <paramref name="left"/> is funded after <paramref name="right"/> or ranks equal.</summary>
    public static bool operator >=(Relation left, Relation right) => left.Rank >= right.Rank;
}
