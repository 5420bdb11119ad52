using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Offers the claims of open leases without a payer to envelopes, after budgets or windows changed. Each goes where a
/// new demand of its width would go: to the nearest envelope that funds it whole, else unfunded to the nearest that may
/// fund it later.
/// </summary>
/// <param name="payers">The budgets.</param>
/// <param name="claims">The open claims.</param>
/// <param name="running">The runs that hold the leases.</param>
/// <param name="isPaidThere">Whether an envelope with a selector pays for the nodes of a lease.</param>
/// <param name="committed">GPUs already committed on envelopes to reservations.</param>
internal sealed class PayerOffers(
    PayerTable payers,
    OpenClaims claims,
    IReadOnlyDictionary<RunKey, RunningRun> running,
    Func<Lease, IReadOnlyDictionary<string, string>?, bool> isPaidThere,
    IReadOnlyDictionary<EnvelopeKey, int> committed)
{
    /// <summary>What is taken, in order of admission, run and chunk.</summary>
    /// <param name="asOf">The instant.</param>
    /// <param name="max">The most leases.</param>
    public List<PayerAssignment> Find(DateTimeOffset asOf, int max)
    {
        var taken = new List<(Claim Claim, PayerAssignment Assignment)>();
        // All relations are the same without a payer, so this is the order of admission, run and chunk.
        foreach (var claim in claims.Payerless.Order())
        {
            if (taken.Count == max)
                break;
            var demand = running[claim.Run].Demand;
            if (PayerOf(claim, demand, asOf, taken) is not { } payer)
                continue;
            // Each claim is weighed beside those before it.
            var there = new Claim(claim.Of, claim.Owner, claim.Gpus, payers.RelationTo(payer, claim.Owner)!.Value,
                claim.AdmittedAt, new RunMeter()) { Books = payer.Books };
            there.Join();
            taken.Add((there, new PayerAssignment(claim.Lease, claim.Run, payer.Key)));
        }
        foreach (var (claim, _) in taken)
            claim.Withdraw();
        return [.. taken.Select(offer => offer.Assignment)];
    }

    private Payer? PayerOf(
        Claim claim, Demand demand, DateTimeOffset asOf, List<(Claim Claim, PayerAssignment Assignment)> taken)
    {
        var candidates = payers.CandidatesFor(demand);
        if (candidates.Count > 0 && payers.HasSelectors)
            candidates = candidates.FindAll(candidate => isPaidThere(claim.Of, candidate.Payer.Terms.Selector));
        if (candidates.Count == 0)
            return null;
        var part = demand with
        {
            Gpus = claim.Gpus,
            GroupGpus = claim.Gpus,
            SparesPerGroup = 0,
            AdmittedAt = claim.AdmittedAt,
            Funding = demand.Funding is { AllowBorrow: true, MaxBorrowGPUs: { } most } funding
                ? funding with { MaxBorrowGPUs = Math.Max(0, most - BorrowedBy(demand, taken)) } : demand.Funding,
        };
        var cover = new CoverSearch(part, candidates, committed).Run(asOf);
        return cover.Chunks[0].Payer is { } key ? payers.Find(key) : null;
    }

    /// <summary>GPUs that a run has claims for on sponsors' envelopes.</summary>
    private int BorrowedBy(Demand demand, List<(Claim Claim, PayerAssignment Assignment)> taken)
    {
        var gpus = taken.Sum(offer => offer.Claim.Run == demand.Run && offer.Claim.Relation == Relation.Borrower
            ? offer.Claim.Gpus : 0);
        foreach (var lease in running[demand.Run].OpenLeases)
        {
            if (claims.Find(lease.Id) is { Pool: not null, Relation: var relation } && relation == Relation.Borrower)
                gpus += lease.Gpus();
        }
        return gpus;
    }
}
