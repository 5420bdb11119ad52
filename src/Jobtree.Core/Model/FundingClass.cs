namespace Jobtree.Core.Model;

/// <summary>An amount split by funding class: GPUs, GPU-seconds or GPU-hours, as the holder says.</summary>
/// <param name="Owned">Paid by the run's own owner.</param>
/// <param name="Shared">Paid by the family.</param>
/// <param name="Borrowed">Paid by sponsors.</param>
/// <param name="Unfunded">Paid by nobody.</param>
public readonly record struct ClassSplit(double Owned, double Shared, double Borrowed, double Unfunded)
{
    /// <summary>The sum of the four.</summary>
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
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static ClassSplit Add(ClassSplit left, ClassSplit right) => left + right;

    /// <summary>Every class multiplied by a factor.</summary>
    /// <param name="factor">The factor.</param>
    public ClassSplit Times(double factor) =>
        new(Owned * factor, Shared * factor, Borrowed * factor, Unfunded * factor);
}

/// <summary>How a claim is paid for at an instant. Derived from budgets, leases and time; never stored.</summary>
public enum FundingClass : byte
{
    /// <summary>Funded by an envelope of the run's own owner.</summary>
    Owned,

    /// <summary>Funded by an envelope of the family.</summary>
    Shared,

    /// <summary>Funded by a sponsor's envelope.</summary>
    Borrowed,

    /// <summary>Not funded: runs on what is idle and yields to what is funded.</summary>
    Unfunded,
}
