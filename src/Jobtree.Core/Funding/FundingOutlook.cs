using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>Who would pay for a demand, now or later.</summary>
/// <remarks>Never stale: it reads the books, which weigh their claims on demand.</remarks>
/// <param name="payers">The budgets.</param>
internal sealed class FundingOutlook(PayerTable payers)
{
    private readonly Dictionary<string, FamilyRoom> families = [];

    /// <summary>Chooses payers for a demand.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="beside">The waiting runs. Null: reservations do not count.</param>
    /// <param name="asOf">The instant.</param>
    public Cover Cover(Demand demand, WaitingRuns? beside, DateTimeOffset asOf) =>
        new CoverSearch(demand, payers.CandidatesFor(demand), Before(demand, beside)).Run(asOf);

    /// <summary>Chooses payers for all of a demand. Null if some of it would be unfunded.</summary>
    /// <remarks>Most are refused by the sum of what each payer would fund alone, before a search begins. The family
    /// remembers the sum, because most demands behind this one are refused by it too.</remarks>
    /// <param name="demand">The demand.</param>
    /// <param name="beside">The waiting runs.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">A number that grows when claims, budgets or windows change.</param>
    public Cover? FundedCover(Demand demand, WaitingRuns beside, DateTimeOffset asOf, long changes)
    {
        var candidates = payers.CandidatesFor(demand);
        var commitments = Before(demand, beside);
        var missing = demand.GpusWithSpares();
        for (var i = 0; i < candidates.Count && missing > 0; i++)
        {
            var (payer, relation) = candidates[i];
            missing -= payer.Room(relation, null, demand.AdmittedAt, commitments);
        }
        if (missing > 0)
        {
            if (demand is { AdmittedAt: null, Funding: not { AllowBorrow: true } } && !payers.HasSelectors)
                FamilyOf(demand.Owner).Shortage = new FamilyShortage(changes, beside.CommitmentReleases,
                    demand.SubmittedAt, demand.GpusWithSpares() - missing);
            return null;
        }
        var cover = new CoverSearch(demand, candidates, commitments).Run(asOf);
        return cover.IsFunded ? cover : null;
    }

    /// <summary>When a demand will be funded. Null if it will not be. See <see cref="FutureCover"/>.</summary>
    public FutureFunding? FundableAt(
        Demand demand, WaitingRuns? beside, DateTimeOffset asOf, bool countsEnds) =>
        new FutureCover(demand, payers.CandidatesFor(demand), Before(demand, beside), asOf, countsEnds).First();

    /// <summary>
    /// Whether open envelopes, and those that open and allow reservations before, would fund a demand if there were no
    /// claims on them. It depends on budgets and windows only.
    /// </summary>
    public bool CouldEverFund(Demand demand, DateTimeOffset asOf) =>
        new CoverSearch(demand, payers.CandidatesFor(demand), roomThen: (payer, relation, used) =>
        {
            if (!payer.MayPromise(asOf))
                return 0;
            var room = int.MaxValue;
            foreach (var book in payer.Books)
            {
                var most = relation == Relation.Borrower ? Math.Min(book.Concurrency, book.Lendable)
                    : book.Concurrency;
                room = Math.Min(room, most - (used?.GetValueOrDefault(book) ?? 0));
            }
            return Math.Max(0, room);
        }).Run(asOf).IsFunded;

    /// <summary>The next window that opens on an envelope on which a demand may claim. Null if there is none.</summary>
    public (EnvelopeKey Envelope, DateTimeOffset At)? NextOpeningFor(Demand demand, DateTimeOffset after)
    {
        (EnvelopeKey Envelope, DateTimeOffset At)? next = null;
        foreach (var (payer, _) in payers.CandidatesFor(demand))
        {
            if (payer.Terms is { Concurrency: > 0, Start: { } start } && start > after && !(next?.At <= start))
                next = (payer.Key, start);
        }
        return next;
    }

    /// <summary>The cache for an owner's upper bound.</summary>
    public FamilyRoom FamilyOf(string owner)
    {
        if (!families.TryGetValue(owner, out var family))
            families.Add(owner, family = new FamilyRoom(owner));
        return family;
    }

    /// <summary>Upper bound of the GPUs that could be funded for an owner's claims, without regard to reservations.
    /// </summary>
    public int UpperBound(FamilyRoom family, DateTimeOffset asOf, long changes)
    {
        if (family.Last is { } last && last.Changes == changes)
            return last.Bounds.Gpus;
        if (family.Gpus is not { } known || known.Changes != changes)
        {
            var gpus = 0;
            foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
                gpus += payer.MayReserveFor(asOf) ? payer.Terms.Concurrency : payer.Room(relation);
            family.Gpus = known = (changes, gpus);
        }
        return known.Gpus;
    }

    /// <summary>
    /// The widest claim of an owner that surely displaces no other, whichever envelope of its family funds it.
    /// </summary>
    public int DisplacingNone(FamilyRoom family, long changes)
    {
        if (family.DisplacingNone is not { } known || known.Changes != changes)
        {
            var gpus = int.MaxValue;
            foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
            {
                foreach (var book in payer.Books)
                {
                    if (book.FundsBehind(relation))
                        gpus = Math.Min(gpus, book.Concurrency - book.Funded());
                }
            }
            family.DisplacingNone = known = (changes, gpus);
        }
        return known.Gpus;
    }

    /// <summary>Upper bounds of the GPUs that could be funded for an owner's claims.</summary>
    /// <param name="family">The owner's family, from <see cref="FamilyOf"/>.</param>
    /// <param name="queue">The waiting runs, whose reservations all count.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">A number that grows when claims, budgets or windows change.</param>
    public FundingBounds UpperBound(FamilyRoom family, WaitingRuns queue, DateTimeOffset asOf, long changes)
    {
        if (family.Last is { } last && last.Changes == changes && last.Commitments == queue.ReservationVersion)
            return last.Bounds;
        var commitments = new Commitments(queue, long.MaxValue, payers);
        var (gpus, uncommitted, ever, later) = (0, 0, 0, 0);
        foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
        {
            var opens = payer.MayReserveFor(asOf);
            var room = opens ? payer.Terms.Concurrency : payer.Room(relation);
            var before = commitments.Before(payer, relation);
            gpus += room;
            uncommitted += Math.Max(0, room - before);
            if (!opens && !payer.Terms.IsOpen(asOf))
                continue;
            ever += payer.Terms.Concurrency;
            later += Math.Max(0, payer.Terms.Concurrency - before);
        }
        var bounds = new FundingBounds(gpus, uncommitted, ever, later);
        family.Last = (changes, queue.ReservationVersion, bounds);
        return bounds;
    }

    /// <summary>
    /// Upper bounds beside the commitments that count against every demand that is not in front: those of nearer
    /// relations, and those in front of its own.
    /// </summary>
    /// <param name="family">The owner's family.</param>
    /// <param name="queue">The waiting runs.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">A number that grows when claims, budgets or windows change.</param>
    public (int Now, int Later) UpperBoundBehindFront(
        FamilyRoom family, WaitingRuns queue, DateTimeOffset asOf, long changes)
    {
        if (family.BehindFront is { } known
            && known.Changes == changes && known.Commitments == queue.ReservationVersion)
            return (known.Now, known.Later);
        var lastInFront = queue.InReservedOrder[WaitingRuns.FrontCounted - 1].Demand;
        var commitments = new Commitments(queue, lastInFront.SubmittedTicks, payers);
        var (now, later) = (0, 0);
        foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
        {
            var opens = payer.MayReserveFor(asOf);
            var before = commitments.Before(payer, relation);
            now += Math.Max(0, (opens ? payer.Terms.Concurrency : payer.Room(relation)) - before);
            if (opens || payer.Terms.IsOpen(asOf))
                later += Math.Max(0, payer.Terms.Concurrency - before);
        }
        family.BehindFront = (changes, queue.ReservationVersion, now, later);
        return (now, later);
    }

    /// <summary>Clears the cached families, because budgets changed.</summary>
    public void ForgetFamilies() => families.Clear();

    private Commitments Before(Demand demand, WaitingRuns? beside) =>
        beside is null ? default : new Commitments(beside, demand.SubmittedTicks, payers);
}

/// <summary>Upper bounds of the GPUs that could be funded for an owner's claims.</summary>
/// <param name="Gpus">Now, or when a window opens.</param>
/// <param name="Uncommitted">The same, less what is committed to reservations.</param>
/// <param name="Ever">When the claims of now have ended, or when a window opens.</param>
/// <param name="EverUncommitted">The same, less what is committed to reservations.</param>
internal readonly record struct FundingBounds(int Gpus, int Uncommitted, int Ever, int EverUncommitted);

/// <summary>
/// Caches how many GPUs could be funded for an owner's claims. The owner's waiting runs hold it, because every pass
/// over the queue asks for it.
/// </summary>
/// <param name="owner">The owner.</param>
internal sealed class FamilyRoom(string owner)
{
    /// <summary>The owner.</summary>
    public string Owner { get; } = owner;

    /// <summary>The last answer, and the versions for which it was computed.</summary>
    public (long Changes, long Commitments, FundingBounds Bounds)? Last { get; set; }

    /// <summary>The same without regard to commitments.</summary>
    public (long Changes, int Gpus)? Gpus { get; set; }

    /// <summary>The widest claim that displaces no other.</summary>
    public (long Changes, int Gpus)? DisplacingNone { get; set; }

    /// <summary>The same for demands that are not in front.</summary>
    public (long Changes, long Commitments, int Now, int Later)? BehindFront { get; set; }

    /// <summary>What was too little for the last demand that was refused. Null if none was.</summary>
    public FamilyShortage? Shortage { get; set; }
}

/// <summary>
/// What a family could fund for a demand beside the commitments to reservations ahead of it, when that was too little:
/// more are ahead of all demands that were submitted later, so no more is left for those.
/// </summary>
/// <param name="Changes">The funding book's count of changes then.</param>
/// <param name="CommitmentReleases">The queue's count of commitments that were given up. What is committed since only
/// leaves less.</param>
/// <param name="SubmittedAt">When the demand was submitted.</param>
/// <param name="Gpus">What could be funded.</param>
internal sealed record FamilyShortage(long Changes, long CommitmentReleases, DateTimeOffset SubmittedAt, int Gpus);
