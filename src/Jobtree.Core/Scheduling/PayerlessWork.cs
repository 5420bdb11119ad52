using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Offers open leases without a payer to envelopes. To be asked whenever budgets change or a window opens or closes.
/// </summary>
public static class PayerlessWork
{
    /// <summary>The most leases that one entry gives a payer. It bounds the entry's size to about 500 kB.</summary>
    public const int AssignmentsMax = 4096;

    /// <summary>
    /// The entry that gives payers to the leases that have none and that an envelope takes. Null if there are none. Ask
    /// again until then.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant of the state.</param>
    public static LedgerEntry? NextAssignment(this FlavorState state, DateTimeOffset now)
    {
        if (!state.Funding.HasPayerless)
            return null;
        var offers = state.Funding.Offers(state.Running, IsPaidThere, state.Queue.Committed, AssignmentsMax);
        return offers.Count == 0 ? null : new LedgerEntry { At = now, Assign = offers };

        bool IsPaidThere(Lease lease, IReadOnlyDictionary<string, string>? selector)
        {
            var there = state.Fleet.Eligible(selector);
            return lease.Slots.All(slots => state.Fleet.Placed(slots.Node) is { } node && there.Matches(node));
        }
    }
}
