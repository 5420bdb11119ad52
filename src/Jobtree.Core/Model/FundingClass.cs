namespace Jobtree.Core.Model;

/// <summary>An amount split by funding class; the context gives the unit: GPUs, GPU-seconds or GPU-hours.</summary>
/// <param name="Owned">Funded by the run's own owner.</param>
/// <param name="Shared">Funded by the family.</param>
/// <param name="Borrowed">Funded by sponsors.</param>
/// <param name="Unfunded">Not funded.</param>
public readonly record struct ClassSplit(double Owned, double Shared, double Borrowed, double Unfunded)
{
    /// <summary>The sum of all four classes.</summary>
    public double Total() => Owned + Shared + Borrowed + Unfunded;

    /// <summary>This split with an amount added to one class.</summary>
    /// <param name="fundingClass">The class.</param>
    /// <param name="amount">The amount.</param>
    public ClassSplit Plus(FundingClass fundingClass, double amount) => fundingClass switch
    {
        FundingClass.Owned => this with { Owned = Owned + amount },
        FundingClass.Shared => this with { Shared = Shared + amount },
        FundingClass.Borrowed => this with { Borrowed = Borrowed + amount },
        _ => this with { Unfunded = Unfunded + amount },
    };

    /// <summary>The amount of one class.</summary>
    /// <param name="fundingClass">The class.</param>
    public double Of(FundingClass fundingClass) => fundingClass switch
    {
        FundingClass.Owned => Owned,
        FundingClass.Shared => Shared,
        FundingClass.Borrowed => Borrowed,
        _ => Unfunded,
    };

    /// <summary>The sum of two splits.</summary>
    public static ClassSplit operator +(ClassSplit left, ClassSplit right) => new(
        left.Owned + right.Owned, left.Shared + right.Shared, left.Borrowed + right.Borrowed,
            left.Unfunded + right.Unfunded);

    /// <summary>The sum of two splits.</summary>
    /// <param name="left">The first split.</param>
    /// <param name="right">The second split.</param>
    public static ClassSplit Add(ClassSplit left, ClassSplit right) => left + right;

    /// <summary>Every class multiplied by a factor.</summary>
    /// <param name="factor">The factor.</param>
    public ClassSplit Times(double factor) =>
        new(Owned * factor, Shared * factor, Borrowed * factor, Unfunded * factor);
}

/// <summary>How a claim is funded at an instant. Derived from budgets, leases and time; never stored.</summary>
public enum FundingClass : byte
{
    /// <summary>Funded by an envelope of the run's own owner.</summary>
    Owned,

    /// <summary>Funded by an envelope of the family.</summary>
    Shared,

    /// <summary>Funded by a sponsor's envelope.</summary>
    Borrowed,

    /// <summary>Not funded: runs on idle GPUs and yields to funded work.</summary>
    Unfunded,
}
