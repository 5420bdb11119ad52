using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>What cuts for a demand may destroy, in GPU-seconds.</summary>
/// <param name="Free">What they may destroy because they save more.</param>
/// <param name="Charged">What they may destroy at most if it is charged to the owner's allowance; 0 if that is used
/// up.</param>
/// <param name="Used">What the owner has used of its allowance.</param>
/// <param name="Allowance">The allowance.</param>
internal readonly record struct CutLimit(double Free, double Charged = 0, long Used = 0, double Allowance = 0)
{
    /// <summary>No limit.</summary>
    public static readonly CutLimit None = new(double.PositiveInfinity);

    /// <summary>The most that may be destroyed.</summary>
    public double Most => Math.Max(Free, Charged);

    /// <summary>The plan, with what it is charged. Null if it destroys too much.</summary>
    /// <param name="plan">The cuts.</param>
    /// <param name="demand">The demand that they make room for.</param>
    public CutPlan? Weigh(CutPlan plan, Demand demand)
    {
        if (plan.Loss <= Free)
            return plan;
        if (plan.Loss > Charged)
            return null;
        var used = (long)Math.Min(Used + plan.Loss, 2 * Allowance); // Given back in twice the time at most.
        return plan with
        {
            Resolution = plan.Resolution with { Charge = new CutCharge(demand.Owner, plan.Loss, used) },
        };
    }
}
