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
    /// <remarks>Many are refused by the sum of what each payer would fund alone, before a search begins.</remarks>
    /// <param name="demand">The demand.</param>
    /// <param name="beside">The waiting runs.</param>
    /// <param name="asOf">The instant.</param>
    public Cover? FundedCover(Demand demand, WaitingRuns beside, DateTimeOffset asOf)
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
            return null;
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

    /// <summary>The cache for what could be funded for an owner.</summary>
    public FamilyRoom FamilyOf(string owner)
    {
        if (!families.TryGetValue(owner, out var family))
            families.Add(owner, family = new FamilyRoom(owner));
        return family;
    }

    /// <summary>What could be funded for an owner's claims, without regard to reservations.</summary>
    /// <param name="family">The owner's family, from <see cref="FamilyOf"/>.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">A number that grows when claims, budgets or windows change.</param>
    public FundableRoom Fundable(FamilyRoom family, DateTimeOffset asOf, long changes)
    {
        if (family.Fundable is { } found && found.Changes == changes)
            return found;
        var (gpus, displacingNone) = (0, int.MaxValue);
        family.Rooms.Clear();
        foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
        {
            var room = payer.MayReserveFor(asOf) ? payer.Terms.Concurrency : payer.Room(relation);
            gpus += room;
            family.Rooms.Add((payer, relation, room));
            foreach (var book in payer.Books)
            {
                if (book.FundsBehind(relation))
                    displacingNone = Math.Min(displacingNone, book.Concurrency - book.Funded());
            }
        }
        var fundable = new FundableRoom(changes, gpus, displacingNone);
        family.Fundable = fundable;
        return fundable;
    }

    /// <summary>What could be funded for a new demand beside the commitments to reservations ahead of it.</summary>
    /// <param name="family">The owner's family, from <see cref="FamilyOf"/>.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="queue">The waiting runs.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">A number that grows when claims, budgets or windows change.</param>
    /// <returns>Upper bounds. What was found for another demand, if that is too little already.</returns>
    public UncommittedRoom Uncommitted(
        FamilyRoom family, Demand demand, WaitingRuns queue, DateTimeOffset asOf, long changes)
    {
        if (family.Uncommitted is { } found && found.Changes == changes && found.Bounds(demand, queue))
            return found;
        _ = Fundable(family, asOf, changes); // The rooms are up to date.
        var commitments = Before(demand, queue);
        var (now, later) = (0, 0);
        foreach (var (payer, relation, room) in family.Rooms)
        {
            var before = commitments.Before(payer, relation);
            now += Math.Max(0, room - before);
            if (payer.MayPromise(asOf))
                later += Math.Max(0, payer.Terms.Concurrency - before);
        }
        var uncommitted = new UncommittedRoom(
            changes, queue.ReservationVersion, queue.CommitmentReleases, demand.SubmittedTicks, now, later);
        family.Uncommitted = uncommitted;
        return uncommitted;
    }

    /// <summary>Clears the cached families, because budgets changed.</summary>
    public void ForgetFamilies() => families.Clear();

    private Commitments Before(Demand demand, WaitingRuns? beside) =>
        beside is null ? default : new Commitments(beside, demand.SubmittedTicks, payers);
}

/// <summary>
/// Caches how many GPUs could be funded for an owner's claims. The owner's waiting runs hold it, because every pass
/// over the queue asks for it.
/// </summary>
/// <param name="owner">The owner.</param>
internal sealed class FamilyRoom(string owner)
{
    /// <summary>The owner.</summary>
    public string Owner { get; } = owner;

    /// <summary>
    /// The envelopes of its family, with the GPUs that each could fund now or when its window opens, as of
    /// <see cref="Fundable"/>.
    /// </summary>
    public List<(Payer Payer, Relation Relation, int Gpus)> Rooms { get; } = [];

    /// <summary>The last answer without regard to reservations.</summary>
    public FundableRoom? Fundable { get; set; }

    /// <summary>The last answer beside commitments.</summary>
    public UncommittedRoom? Uncommitted { get; set; }
}

/// <summary>What could be funded for an owner's claims, without regard to reservations.</summary>
/// <param name="Changes">The funding book's count of changes then.</param>
/// <param name="Gpus">Upper bound of the GPUs, now or when a window opens.</param>
/// <param name="DisplacingNone">The widest claim that surely displaces no other, whichever envelope funds it.</param>
internal readonly record struct FundableRoom(long Changes, int Gpus, int DisplacingNone);

/// <summary>
/// Upper bounds of the GPUs that could be funded for a demand beside the commitments to reservations ahead of it.
/// </summary>
/// <param name="Changes">The funding book's count of changes then.</param>
/// <param name="Reservations">The queue's count of reservation changes then.</param>
/// <param name="Releases">The queue's count of commitments that were given up. What is committed since only leaves
/// less.</param>
/// <param name="SubmittedTicks">When the demand was submitted.</param>
/// <param name="Now">GPUs now, or when a window opens.</param>
/// <param name="Later">GPUs when the claims of now have ended, or when a window opens.</param>
internal readonly record struct UncommittedRoom(
    long Changes, long Reservations, long Releases, long SubmittedTicks, int Now, int Later)
{
    /// <summary>
    /// Whether these are the bounds of a demand, or too little for it already: more is ahead of one submitted later.
    /// </summary>
    public bool Bounds(Demand demand, WaitingRuns queue) =>
        (Reservations == queue.ReservationVersion && SubmittedTicks == demand.SubmittedTicks)
        || (Releases == queue.CommitmentReleases && SubmittedTicks <= demand.SubmittedTicks && Now < demand.Gpus);
}
