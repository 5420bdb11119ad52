using System.Runtime.InteropServices;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// Checks a flavor's whole state at once: a <see cref="LiveAudit"/> run to its end, and, since nothing changes
/// meanwhile, the sums of the leases against what envelopes count as funded.
/// </summary>
public static class StateAudit
{
    /// <summary>
    /// The violations found, ordered by invariant; of more than <see cref="LiveAudit.DescribedMax"/>, the first.
    /// </summary>
    /// <param name="state">The state, between two entries.</param>
    public static IReadOnlyList<AuditViolation> Check(FlavorState state)
    {
        var audit = new LiveAudit(state);
        audit.Step(int.MaxValue);
        CheckSums(state, audit);
        return audit.Violations.Count == 0 ? [] : [.. audit.Violations.OrderBy(static found => found.Invariant)];
    }

    private static void CheckSums(FlavorState state, LiveAudit audit)
    {
        var sums = new Dictionary<EnvelopeKey, (int Funded, int Lent)>();
        foreach (var run in state.RunningRuns)
        {
            foreach (var lease in run.OpenLeases)
            {
                var fundingClass = state.Funding.ClassOf(lease.Id);
                if (fundingClass == FundingClass.Unfunded || lease.Payer is not { } payer)
                    continue;
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, payer, out _);
                sum.Funded += lease.Gpus();
                sum.Lent += fundingClass == FundingClass.Borrowed ? lease.Gpus() : 0;
            }
        }
        foreach (var (payer, (funded, lent)) in sums)
        {
            var counted = state.Funding.FundedOf(payer);
            if (state.Funding.TermsOf(payer) is null)
                audit.Add(3, $"{payer} funds {Counted.Of(funded, "GPU")}, but does not exist");
            else if ((counted.Funded, counted.Lent) != (funded, lent))
                audit.Add(9, $"{payer} counts {Counted.Of(counted.Funded, "GPU")} as funded and {counted.Lent} as "
                    + $"lent, but its leases have {funded} and {lent}");
        }
    }
}
