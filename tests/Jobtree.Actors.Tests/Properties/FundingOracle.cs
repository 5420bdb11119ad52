using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Properties;

/// <summary>
/// The class of every open lease, worked out from the words of the design alone: budgets, leases and the instant, with
/// nothing kept from before.
/// </summary>
internal sealed class FundingOracle(FlavorState state)
{
    private readonly Budget[] budgets = [.. state.Funding.Budgets];

    public Dictionary<long, FundingClass> Classes()
    {
        var claims = state.Running.Values.SelectMany(run => run.Leases.Select(lease => Weigh(run, lease))).ToArray();
        // All envelopes of a budget have one owner, so one walk over the claims on all of them keeps to the order of
        // each.
        var funded = budgets.SelectMany(budget => Walk(budget, claims.Where(claim => claim.Rank is not null
            && claim.Lease.Payer!.Value.Budget == budget.Name))).ToHashSet();
        return claims.ToDictionary(claim => claim.Lease.Id, claim => funded.Contains(claim.Lease.Id)
            ? ClassOf(claim.Rank!) : FundingClass.Unfunded);
    }

    /// <summary>The leases whose claims on a budget's envelopes are funded.</summary>
    private IEnumerable<long> Walk(Budget budget, IEnumerable<Weighed> claims)
    {
        var ordered = claims.OrderBy(claim => claim.Rank!.Tier).ThenBy(claim => claim.Rank!.Distance).ThenBy(
            claim => claim.AdmittedAt)
            .ThenBy(claim => claim.Lease.Run).ThenBy(claim => claim.Lease.Chunk).ThenBy(claim => claim.Lease.Id)
                .ToArray();
        var family = ordered.Where(claim => claim.Rank!.Tier != Tier.Borrower).ToArray();
        var borrowed = new List<Weighed>();
        foreach (var borrower in ordered.Where(claim => claim.Rank!.Tier == Tier.Borrower))
        {
            // It is funded if it was when it came: beside the borrowers before it, and the family that was there.
            var there = family.Where(claim => claim.AdmittedAt < borrower.AdmittedAt
                || (claim.AdmittedAt == borrower.AdmittedAt && claim.Lease.Id < borrower.Lease.Id));
            var terms = TermsOf(budget, borrower);
            var lendable = terms.Lending is { Allow: true } lending ? lending.MaxConcurrency ?? terms.Concurrency : 0;
            var lent = borrowed.Where(claim => claim.Lease.Payer == borrower.Lease.Payer).Sum(claim => claim.Gpus);
            if (lent + borrower.Gpus <= lendable && Fits(budget, FundInOrder(budget, borrowed, there), borrower))
                borrowed.Add(borrower);
        }
        return FundInOrder(budget, borrowed, family).Select(claim => claim.Lease.Id);
    }

    /// <summary>Some claims that are funded, and those of others that fit beside them, in their order.</summary>
    private List<Weighed> FundInOrder(Budget budget, IEnumerable<Weighed> before, IEnumerable<Weighed> claims)
    {
        var funded = before.ToList();
        foreach (var claim in claims)
        {
            if (Fits(budget, funded, claim))
                funded.Add(claim);
        }
        return funded;
    }

    /// <summary>Whether a claim fits whole in its envelope and in every cap over it.</summary>
    private bool Fits(Budget budget, List<Weighed> funded, Weighed claim)
    {
        var terms = TermsOf(budget, claim);
        var hasOpened = terms.Start is not { } start || start <= state.At;
        var isOpen = hasOpened && (terms.End is not { } end || state.At < end);
        return isOpen && Used([terms.Name]) + claim.Gpus <= terms.Concurrency && budget.AggregateCaps.All(cap =>
            !cap.Envelopes.Contains(terms.Name) || cap.MaxConcurrency is not { } most
            || Used(cap.Envelopes) + claim.Gpus <= most);

        int Used(IReadOnlyList<string> envelopes) =>
            funded.Where(other => envelopes.Contains(other.Lease.Payer!.Value.Envelope)).Sum(other => other.Gpus);
    }

    private static Envelope TermsOf(Budget budget, Weighed claim) =>
        budget.Envelopes.Single(envelope => envelope.Name == claim.Lease.Payer!.Value.Envelope);

    private Weighed Weigh(RunningRun run, Lease lease) =>
        new(lease, lease.Gpus(), run.Demand.AdmittedAt
            ?? (lease.Reason == LeaseStartReason.Grow ? lease.Start : run.StartedAt), lease.Payer is { } payer
            && Find(payer) is { } found ? RankOf(run.Demand.Owner, found.Owner, found.Terms) : null);

    private Rank? RankOf(string owner, string payer, Envelope terms)
    {
        if (owner == payer)
            return new Rank(Tier.Owner, 0);
        if (terms.Sharing == Sharing.Family)
        {
            if (Up(owner).FindIndex(1, generation => generation.Contains(payer)) is > 0 and var distance)
                return new Rank(Tier.Descendant, distance);
            if (!Up(payer).Skip(1).Any(generation => generation.Contains(owner)))
            {
                if (Shares(owner, payer, 1))
                    return new Rank(Tier.Sibling, 0);
                if (Shares(owner, payer, 2))
                    return new Rank(Tier.Cousin, 0);
            }
        }
        return terms.Lending is { Allow: true } lending && (lending.To.Count == 0 || lending.To.Any(
            pattern => OwnerPattern.Matches(pattern, owner))) ? new Rank(Tier.Borrower, 0) : null;
    }

    private bool Shares(string one, string other, int generations) =>
        Up(one).ElementAtOrDefault(generations)?.Overlaps(Up(other).ElementAtOrDefault(generations) ?? []) == true;

    /// <summary>
    /// The owner, its parents, their parents and so on; whoever was met nearer is left out farther away.
    /// </summary>
    private List<HashSet<string>> Up(string owner)
    {
        var generations = new List<HashSet<string>> { new() { owner } };
        while (true)
        {
            var next = generations[^1].SelectMany(Parents).Where(
                parent => !generations.Exists(nearer => nearer.Contains(parent))).ToHashSet();
            if (next.Count == 0)
                return generations;
            generations.Add(next);
        }
    }

    private IEnumerable<string> Parents(string owner) =>
        budgets.Where(budget => budget.Owner == owner).SelectMany(budget => budget.Parents);

    private (string Owner, Envelope Terms)? Find(EnvelopeKey key) =>
        budgets.Where(budget => budget.Name == key.Budget)
            .SelectMany(budget => budget.Envelopes.Where(envelope => envelope.Name == key.Envelope
                && envelope.Flavor == state.Flavor).Select(envelope => ((string, Envelope)?)(budget.Owner, envelope)))
            .FirstOrDefault();

    private static FundingClass ClassOf(Rank rank) =>
        rank.Tier switch { Tier.Owner => FundingClass.Owned, Tier.Borrower => FundingClass.Borrowed, _ =>
            FundingClass.Shared };

    private enum Tier
    {
        Owner,
        Descendant,
        Sibling,
        Cousin,
        Borrower,
    }

    private sealed record Rank(Tier Tier, int Distance);

    private sealed record Weighed(Lease Lease, int Gpus, DateTimeOffset AdmittedAt, Rank? Rank);
}
