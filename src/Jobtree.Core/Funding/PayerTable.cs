using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// The budgets of one flavor, compiled: the envelopes as payers with their books, who may claim on which, and when
/// windows open and close.
/// </summary>
internal sealed class PayerTable(string flavor)
{
    private readonly SortedDictionary<string, Budget> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> formerKeys = [];
    private readonly Dictionary<EnvelopeKey, Payer> payers = [];
    private readonly Dictionary<string, List<(Payer Payer, Relation Relation)>> family = [];
    private readonly SortedSet<DateTimeOffset> boundaries = [];
    private Kinship kinship = new([]);
    private PayerIndex? index;

    /// <summary>The budgets, in key order.</summary>
    public IEnumerable<Budget> Budgets => budgets.Values;

    /// <summary>The payers in no particular order.</summary>
    public IReadOnlyCollection<Payer> All => payers.Values;

    /// <summary>The payers, ordered by budget and envelope.</summary>
    public IReadOnlyList<Payer> InOrder => Index.InOrder;

    /// <summary>Grows whenever budgets change.</summary>
    public long Version { get; private set; }

    /// <summary>Whether some envelope pays on certain nodes only.</summary>
    public bool HasSelectors { get; private set; }

    /// <summary>Adds, replaces and removes budgets. Afterwards all books are new and empty.</summary>
    public void Change(IEnumerable<Budget> put, IEnumerable<string> remove)
    {
        Version++;
        foreach (var key in remove)
            budgets.Remove(key);
        foreach (var budget in put)
            budgets[budget.Key] = budget;
        formerKeys.Clear();
        foreach (var budget in budgets.Values.Where(budget => budget.FormerKey is not null))
            formerKeys[budget.FormerKey!] = budget.Key;
        kinship = new Kinship(budgets.Values);
        payers.Clear();
        family.Clear();
        boundaries.Clear();
        foreach (var budget in budgets.Values)
            Compile(budget);
        index = null;
        HasSelectors = payers.Values.Any(payer => payer.Terms.Selector is { Count: > 0 });
    }

    /// <summary>The payer of a key. Also accepts a key from before its budget had a namespace.</summary>
    public Payer? Find(EnvelopeKey envelope)
    {
        if (payers.TryGetValue(envelope, out var payer))
            return payer;
        return formerKeys.TryGetValue(envelope.Budget, out var key)
            ? payers.GetValueOrDefault(envelope with { Budget = key }) : null;
    }

    /// <summary>The budget with a key. Null if there is none.</summary>
    public Budget? FindBudget(string key) => budgets.GetValueOrDefault(key);

    /// <summary>The relation under which an owner may claim on an envelope. Null if it may not.</summary>
    public Relation? RelationTo(Payer payer, string owner) => payer.For(owner, kinship);

    /// <summary>Whether some window that is not yet open allows reservations before it opens.</summary>
    public bool HasReservableOpenings(DateTimeOffset after) => payers.Values.Any(payer => payer.MayReserveFor(after));

    /// <summary>The first instant after a given one at which a window opens or closes. Null if there is none.</summary>
    public DateTimeOffset? FirstBoundary(DateTimeOffset after)
    {
        foreach (var boundary in boundaries.Count == 0 || boundaries.Max <= after ? []
            : boundaries.GetViewBetween(after, boundaries.Max))
        {
            if (boundary > after)
                return boundary;
        }
        return null;
    }

    /// <summary>The envelopes on which an owner may claim without consent, nearest first.</summary>
    public List<(Payer Payer, Relation Relation)> FamilyOf(string owner)
    {
        if (family.TryGetValue(owner, out var known))
            return known;
        known = [.. Index.Near(owner).Select(payer => (Payer: payer, Relation: RelationTo(payer, owner)))
            .Where(candidate => candidate.Relation is { } relation && relation != Relation.Borrower)
            .Select(candidate => (candidate.Payer, candidate.Relation!.Value))
            .OrderBy(candidate => candidate.Value)];
        family.Add(owner, known);
        return known;
    }

    /// <summary>The envelopes on which a demand may claim, in cover order.</summary>
    public List<(Payer Payer, Relation Relation)> CandidatesFor(Demand demand)
    {
        var kin = FamilyOf(demand.Owner);
        var candidates = kin;
        if (demand.Funding is { AllowBorrow: true, Sponsors.Count: > 0 } funding)
        {
            candidates = [.. kin];
            foreach (var sponsor in funding.Sponsors)
            {
                candidates.AddRange(InOrder.Where(payer => payer.Owner == sponsor && payer.LendsTo(demand.Owner)
                    && !kin.Exists(known => known.Payer == payer))
                    .Select(payer => (payer, Relation.Borrower)));
            }
        }
        if (!HasSelectors)
            return candidates;

        // The sort is stable, so sponsors keep their order within their tier.
        return [.. candidates.Where(candidate => candidate.Payer.IsCompatible(demand.Selector))
            .OrderBy(candidate => candidate.Relation)
            .ThenBy(candidate => candidate.Relation != Relation.Borrower
                && !candidate.Payer.IsNamedBy(demand.Selector))];
    }

    private PayerIndex Index => index ??= new PayerIndex(
        payers.Values.OrderBy(payer => payer.Key.Budget, StringComparer.Ordinal)
            .ThenBy(payer => payer.Key.Envelope, StringComparer.Ordinal),
        kinship);

    private void Compile(Budget budget)
    {
        var caps = budget.AggregateCaps.Where(cap => cap.Flavor == flavor && cap.MaxConcurrency is not null)
            .Select(cap => (cap.Envelopes, Members: new List<ClaimBook>(), MaxConcurrency: cap.MaxConcurrency!.Value))
            .Select(cap => (cap.Envelopes, cap.Members,
                Book: new ClaimBook(cap.MaxConcurrency, cap.MaxConcurrency, cap.Members))).ToArray();
        foreach (var envelope in budget.Envelopes.Where(envelope => envelope.Flavor == flavor))
        {
            var lendable = envelope.Lending is { Allow: true } lending
                ? lending.MaxConcurrency ?? envelope.Concurrency : 0;
            var own = new ClaimBook(envelope.Concurrency, lendable);
            var key = new EnvelopeKey(budget.Key, envelope.Name);
            var over = caps.Where(cap => cap.Envelopes.Contains(envelope.Name)).ToArray();
            foreach (var cap in over)
                cap.Members.Add(own);
            payers.Add(key, new Payer(key, budget.Owner, envelope, [own, .. over.Select(cap => cap.Book)]));
            if (envelope.Start is { } start)
                boundaries.Add(start);
            if (envelope.End is { } end)
                boundaries.Add(end);
        }
        Link(caps.Select(cap => cap.Book).Where(cap => cap.Members!.Count > 0));
    }

    /// <summary>Makes one pool of the envelopes that caps link, directly or by way of others.</summary>
    private static void Link(IEnumerable<ClaimBook> caps)
    {
        var links = new Dictionary<ClaimBook, (List<ClaimBook> Envelopes, List<ClaimBook> Caps)>();
        foreach (var cap in caps)
        {
            var link = (Envelopes: new List<ClaimBook>(), Caps: new List<ClaimBook> { cap });
            foreach (var member in cap.Members!)
            {
                if (!links.TryGetValue(member, out var other))
                    other = ([member], []);
                if (other.Envelopes == link.Envelopes)
                    continue;
                if (other.Envelopes.Count > link.Envelopes.Count)
                    (link, other) = (other, link);
                link.Envelopes.AddRange(other.Envelopes);
                link.Caps.AddRange(other.Caps);
                foreach (var envelope in other.Envelopes)
                    links[envelope] = link;
                foreach (var envelope in link.Envelopes)
                    links.TryAdd(envelope, link);
            }
        }
        foreach (var (envelopes, over) in links.Values.Distinct())
            _ = new ClaimPool([.. envelopes], [.. over]);
    }
}
