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
        var byEnvelope = claims.Where(claim => claim.Rank is not null).GroupBy(claim => claim.Lease.Payer!.Value)
            .ToArray();
        var funded = new HashSet<long>();
        foreach (var envelope in byEnvelope)
        {
            var (_, terms) = Find(envelope.Key)!.Value;
            var lendable = terms.Lending is { Allow: true } lending ? lending.MaxConcurrency ?? terms.Concurrency : 0;
            if (terms.Start <= state.At && state.At < terms.End)
                funded.UnionWith(Walk(envelope, terms.Concurrency, lendable));
        }
        // Every cap is a bound of the same kind on the claims that their envelopes fund; all caps over a claim must
        // fund it.
        var refused = new HashSet<long>();
        foreach (var (budget, cap) in budgets.SelectMany(
            budget => budget.AggregateCaps.Where(cap => cap.Flavor == state.Flavor).Select(cap => (budget, cap))))
        {
            var under = claims.Where(
                claim => funded.Contains(claim.Lease.Id) && claim.Lease.Payer!.Value.Budget == budget.Name
                && cap.Envelopes.Contains(claim.Lease.Payer.Value.Envelope)).ToArray();
            refused.UnionWith(under.Select(claim => claim.Lease.Id)
                .Except(Walk(under, cap.MaxConcurrency, cap.MaxConcurrency)));
        }
        return claims.ToDictionary(claim => claim.Lease.Id, claim => funded.Contains(claim.Lease.Id)
            && !refused.Contains(claim.Lease.Id) ? ClassOf(claim.Rank!) : FundingClass.Unfunded);
    }

    private static long[] Walk(IEnumerable<Weighed> claims, int concurrency, int lendable)
    {
        var ordered = claims.OrderBy(claim => claim.Rank!.Tier).ThenBy(claim => claim.Rank!.Distance).ThenBy(
            claim => claim.AdmittedAt)
            .ThenBy(claim => claim.Lease.Run).ThenBy(claim => claim.Lease.Chunk).ThenBy(claim => claim.Lease.Id)
                .ToArray();
        var family = ordered.Where(claim => claim.Rank!.Tier != Tier.Borrower).ToArray();
        var funded = new List<Weighed>();
        foreach (var borrower in ordered.Where(claim => claim.Rank!.Tier == Tier.Borrower))
        {
            // It is funded if it was when it came: beside the borrowers before it, and the family that was there.
            var lent = funded.Sum(claim => claim.Gpus);
            var there = family.Where(claim => claim.AdmittedAt < borrower.AdmittedAt
                || (claim.AdmittedAt == borrower.AdmittedAt && claim.Lease.Id < borrower.Lease.Id));
            if (lent + borrower.Gpus <= lendable && FundInOrder(there, concurrency - lent).Sum(claim => claim.Gpus)
                + lent + borrower.Gpus <= concurrency)
                funded.Add(borrower);
        }
        return funded.Concat(FundInOrder(family, concurrency - funded.Sum(claim => claim.Gpus))).Select(
            claim => claim.Lease.Id).ToArray();
    }

    private static List<Weighed> FundInOrder(IEnumerable<Weighed> claims, int room)
    {
        var funded = new List<Weighed>();
        foreach (var claim in claims.Where(claim => funded.Sum(earlier => earlier.Gpus) + claim.Gpus <= room))
            funded.Add(claim);
        return funded;
    }

    private Weighed Weigh(RunningRun run, Lease lease) =>
        new(lease, lease.Gpus(), run.Demand.AdmittedAt ?? lease.Start, lease.Payer is { } payer
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
        return terms.Lending is { Allow: true } lending && lending.To.Any(
            pattern => OwnerPattern.Matches(pattern, owner)) ? new Rank(Tier.Borrower, 0) : null;
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
