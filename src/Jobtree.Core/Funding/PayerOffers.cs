using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Offers the claims of open leases without a payer to envelopes, after budgets or windows changed. Each goes where a
/// new demand of its width would go: to the nearest envelope that funds it whole, else unfunded to the nearest that may
/// fund it later.
/// </summary>
/// <remarks>
/// There may be a lease per GPU of a fleet. What an envelope's room was for an earlier claim bounds it for the later
/// ones, so a full envelope is asked once, not once per lease.
/// </remarks>
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
    private readonly Dictionary<(Payer Payer, Relation Relation), int> roomMost = [];
    private readonly Dictionary<RunKey, int> borrowed = [];

    /// <summary>What is taken, in order of admission, run and chunk.</summary>
    /// <param name="asOf">The instant.</param>
    /// <param name="max">The most leases.</param>
    public List<PayerAssignment> Find(DateTimeOffset asOf, int max)
    {
        var taken = new List<PayerAssignment>();
        var funded = new List<Claim>();
        // All relations are the same without a payer, so this is the order of admission, run and chunk.
        foreach (var claim in claims.Payerless.Order())
        {
            if (taken.Count == max)
                break;
            if (CoverOf(claim, asOf) is not { Payer: { } key } cover)
                continue;
            taken.Add(new PayerAssignment(claim.Lease, claim.Run, key));
            var payer = payers.Find(key)!;
            var relation = payers.RelationTo(payer, claim.Owner)!.Value;
            if (relation == Relation.Borrower)
                borrowed[claim.Run] = BorrowedBy(claim.Run) + claim.Gpus;
            if (cover.Class != FundingClass.Unfunded)
                funded.Add(Hold(claim, payer, relation));
        }
        foreach (var claim in funded)
            claim.Withdraw();
        return taken;
    }

    /// <summary>Has a claim take its room, so that those after it are weighed beside it.</summary>
    private Claim Hold(Claim claim, Payer payer, Relation relation)
    {
        var held = new Claim(claim.Of, claim.Owner, claim.Gpus, relation, claim.AdmittedAt, new RunMeter())
        {
            Books = payer.Books,
        };
        held.Join();
        // It may have displaced a wider claim, which leaves room to those after it.
        if (held.Pool!.LeavesSomeUnfunded())
            roomMost.Clear();
        return held;
    }

    private CoverChunk? CoverOf(Claim claim, DateTimeOffset asOf)
    {
        var demand = running[claim.Run].Demand;
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
                ? funding with { MaxBorrowGPUs = Math.Max(0, most - BorrowedBy(claim.Run)) } : demand.Funding,
        };
        return new CoverSearch(part, candidates, roomThen: (payer, relation, _) => Room(payer, relation, claim))
            .Run(asOf).Chunks[0];
    }

    private int Room(Payer payer, Relation relation, Claim claim)
    {
        if (roomMost.TryGetValue((payer, relation), out var most) && most < claim.Gpus)
            return most;
        var promised = committed.GetValueOrDefault(payer.Key);
        var room = Math.Max(0, payer.Room(relation, null, claim.AdmittedAt) - promised);
        roomMost[(payer, relation)] = room;
        return room;
    }

    /// <summary>GPUs that a run has claims for on sponsors' envelopes.</summary>
    private int BorrowedBy(RunKey run)
    {
        if (borrowed.TryGetValue(run, out var known))
            return known;
        var gpus = 0;
        foreach (var lease in running[run].OpenLeases)
        {
            if (claims.Find(lease.Id) is { Pool: not null, Relation: var relation } && relation == Relation.Borrower)
                gpus += lease.Gpus();
        }
        return borrowed[run] = gpus;
    }
}
