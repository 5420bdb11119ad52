using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Decides who pays in one flavor. Holds its budgets and the claims of the open leases, with the class of each claim at
/// an instant, and chooses payers for new demand.
/// </summary>
/// <remarks>
/// Classes are a pure function of budgets, leases and time. The book remembers each claim's class at the last
/// settlement, so that it can report and meter changes.
/// <para>
/// Protocol. For one change of the flavor, call <see cref="AdvanceTo"/> with the instant, then <see cref="Change"/>,
/// <see cref="Remove"/> and <see cref="Add"/> any number of times, then <see cref="Settle"/> once. From the first of
/// these calls until <see cref="Settle"/>, everything that reads settled classes is stale: <see cref="UnfundedGpus"/>,
/// <see cref="YieldingGpus"/>, <see cref="WhollyUnfundedGpus"/>, <see cref="InUse"/>, <see cref="ClaimOf"/>,
/// <see cref="UseOf"/>, <see cref="WhollyUnfunded"/>, <see cref="ReclaimUpperBound"/> and
/// <see cref="UnfundedGiven"/>. They count a new claim as unfunded. <see cref="ClassOf"/>, <see cref="Headroom"/>,
/// <see cref="Cover(Demand)"/>, <see cref="FundableAt"/> and <see cref="Fundable"/> read the books and are
/// never stale.
/// </para>
/// </remarks>
public sealed class FundingBook
{
    private readonly PayerTable payers;
    private readonly OpenClaims claims = new();
    private readonly Settlement settlement;
    private readonly FundingOutlook outlook;
    private readonly YieldingWork yielding;
    private DateTimeOffset asOf = DateTimeOffset.MinValue;
    private DateTimeOffset nextBoundary = DateTimeOffset.MaxValue;

    /// <summary>An empty book.</summary>
    /// <param name="flavor">The flavor.</param>
    public FundingBook(string flavor)
    {
        payers = new PayerTable(flavor);
        settlement = new Settlement(claims);
        outlook = new FundingOutlook(payers);
        yielding = new YieldingWork(payers, claims);
    }

    /// <summary>The budgets, in name order.</summary>
    public IEnumerable<Budget> Budgets => payers.Budgets;

    /// <summary>
    /// Grows whenever a claim is removed or is funded no more, a budget changes, or a window opens or closes. What
    /// could not be funded before may be fundable after that.
    /// </summary>
    public long Releases { get; private set; }

    /// <summary>
    /// Grows with every change of claims, budgets or windows. A demand may have a different payer after that.
    /// </summary>
    public long Changes { get; private set; }

    /// <summary>Grows whenever a budget changes, or a window opens or closes.</summary>
    public long TermsVersion { get; private set; }

    /// <summary>Whether some envelope pays on certain nodes only.</summary>
    public bool HasSelectors => payers.HasSelectors;

    /// <summary>Whether some window that is not yet open allows reservations before it opens.</summary>
    public bool HasReservableOpenings { get; private set; }

    /// <summary>GPUs of the claims that are unfunded.</summary>
    public int UnfundedGpus => claims.UnfundedGpus;

    /// <summary>GPUs of the runs that are partly or wholly unfunded. A run is cut whole.</summary>
    public int YieldingGpus => claims.YieldingGpus;

    /// <summary>GPUs of the runs that are wholly unfunded.</summary>
    public int WhollyUnfundedGpus => claims.WhollyUnfundedGpus;

    /// <summary>GPUs in use by class.</summary>
    public ClassSplit InUse => claims.InUse;

    /// <summary>The envelopes of this flavor and their owners, in order.</summary>
    public IEnumerable<(EnvelopeKey Key, string Owner, Envelope Terms)> Envelopes =>
        payers.InOrder.Select(payer => (payer.Key, payer.Owner, payer.Terms));

    /// <summary>Advances to an instant, and opens and closes windows.</summary>
    /// <param name="now">The instant. An earlier one than the last is ignored.</param>
    public void AdvanceTo(DateTimeOffset now)
    {
        if (now <= asOf)
            return;
        asOf = now;
        if (now >= nextBoundary)
            SetWindows();
    }

    /// <summary>The first instant after a given one at which a window opens or closes. Null if there is none.</summary>
    /// <param name="after">The instant.</param>
    public DateTimeOffset? NextBoundary(DateTimeOffset after)
    {
        if (after != asOf)
            return payers.FirstBoundary(after);
        return nextBoundary == DateTimeOffset.MaxValue ? null : nextBoundary;
    }

    /// <summary>Adds, replaces and removes budgets.</summary>
    /// <param name="put">The new or changed budgets.</param>
    /// <param name="remove">Names of the budgets to remove.</param>
    public void Change(IEnumerable<Budget> put, IEnumerable<string> remove)
    {
        (EnvelopeKey Key, string Owner)[] charged = [.. payers.All.Select(payer => (payer.Key, payer.Owner))];
        payers.Change(put, remove); // The books are new, so every claim is added again.
        foreach (var (key, owner) in charged)
        {
            if (payers.Find(key)?.Owner != owner)
                settlement.EndAccount(key, owner, asOf);
        }
        settlement.ForgetPools();
        outlook.ForgetFamilies();
        foreach (var old in claims.All.ToArray())
        {
            var claim = ClaimFor(old.Of, old.Owner, old.AdmittedAt, old.Meter);
            (claim.Class, claim.Since) = (old.Class, old.Since);
            claim.Join();
            claims.Replace(old, claim);
            settlement.Replace(old, claim);
        }
        SetWindows();
    }

    /// <summary>Adds the claim of a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="owner">The run's owner.</param>
    /// <param name="admittedAt">The run's place in the funding order.</param>
    /// <param name="meter">The meter that sums the run's use.</param>
    public void Add(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter)
    {
        var claim = ClaimFor(lease, owner, admittedAt, meter);
        claim.Since = lease.Start;
        claim.Join();
        claims.Add(claim);
        settlement.Touch(claim.Pool);
        settlement.Enter(claim);
        Changes++;
    }

    /// <summary>Whether some open lease has no payer.</summary>
    public bool HasPayerless => claims.Payerless.Count > 0;

    /// <summary>
    /// Puts the claim of an open lease on an envelope. It was on none; it keeps its place in the funding order.
    /// </summary>
    /// <param name="lease">The lease, with its payer.</param>
    public void Assign(Lease lease)
    {
        var old = claims.Find(lease.Id);
        Invariant.Holds(old is { Of.Payer: null }, $"Lease {lease.Id} is given a payer although it has one.");
        var claim = ClaimFor(lease, old!.Owner, old.AdmittedAt, old.Meter);
        (claim.Class, claim.Since) = (old.Class, old.Since);
        claim.Join();
        claims.Replace(old, claim);
        settlement.Replace(old, claim);
        settlement.Touch(claim.Pool);
        settlement.Enter(claim);
        Changes++;
    }

    /// <summary>
    /// The open leases without a payer that an envelope would take now, with that envelope, in order of admission, run
    /// and chunk.
    /// </summary>
    /// <param name="running">The runs that hold the leases.</param>
    /// <param name="isPaidThere">Whether an envelope with a selector pays for the nodes of a lease.</param>
    /// <param name="committed">GPUs already committed on envelopes to reservations.</param>
    /// <param name="max">The most leases.</param>
    internal IReadOnlyList<PayerAssignment> Offers(
        IReadOnlyDictionary<RunKey, RunningRun> running,
        Func<Lease, IReadOnlyDictionary<string, string>?, bool> isPaidThere,
        IReadOnlyDictionary<EnvelopeKey, int> committed, int max)
    {
        CheckSettled();
        return HasPayerless
            ? new PayerOffers(payers, claims, running, isPaidThere, committed).Find(asOf, max) : [];
    }

    /// <summary>Removes the claim of a lease that ends, and meters it up to its end.</summary>
    /// <param name="lease">The lease's number.</param>
    /// <param name="at">When it ended.</param>
    public void Remove(long lease, DateTimeOffset at)
    {
        if (claims.Remove(lease, at) is not { } claim)
            return;
        claim.Withdraw();
        settlement.Touch(claim.Pool);
        settlement.End(claim, at);
        Changes++;
        Releases++;
    }

    /// <summary>
    /// Recomputes every class that may have changed, meters the time before, and reports the changes since the last
    /// settlement.
    /// </summary>
    /// <param name="now">The instant of the change.</param>
    /// <param name="changes">Receives the changes of claims that have a payer: removals first, then the others in lease
    /// order.</param>
    public void Settle(DateTimeOffset now, ICollection<FundingChange> changes)
    {
        AdvanceTo(now);
        if (settlement.Settle(now, changes))
            Releases++;
        Invariant.Holds(claims.InUse.Unfunded == claims.UnfundedGpus,
            $"{claims.InUse.Unfunded} GPUs are in use unfunded, and {claims.UnfundedGpus} counted.");
    }

    /// <summary>Checks that claims are settled. Settled classes may only be read between changes.</summary>
    private void CheckSettled() =>
        Invariant.Holds(settlement.IsSettled, $"Settled classes are asked for while they are stale.");

    /// <summary>Adds a lease's claim from a snapshot. Must precede <see cref="SettleRestored"/>.</summary>
    internal void Restore(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter, ClaimSnapshot settled)
    {
        var claim = ClaimFor(lease, owner, admittedAt, meter);
        (claim.Class, claim.Since) = (settled.Class, settled.Since);
        foreach (var book in claim.Books)
            book.Restore(claim);
        claims.Add(claim);
        settlement.Touch(claim.Pool);
        Changes++;
    }

    /// <summary>Ends a restore. The settled classes are those of the snapshot.</summary>
    internal void SettleRestored() => settlement.SettleRestored();

    /// <summary>Whether the claim of an open lease is on its payer: that exists, and the run's owner may claim on it.
    /// </summary>
    /// <param name="lease">The lease's number.</param>
    public bool IsCharged(long lease) => claims.Find(lease) is { Books.Length: > 0 };

    /// <summary>The present class of a lease's claim.</summary>
    /// <param name="lease">The lease's number.</param>
    public FundingClass ClassOf(long lease) => claims.Find(lease)?.Classify() ?? FundingClass.Unfunded;

    /// <summary>
    /// The class of a lease's claim at the last settlement, and the instant up to which it is metered.
    /// </summary>
    /// <param name="lease">The number of an open lease.</param>
    public ClaimSnapshot ClaimOf(long lease) => claims.Find(lease) is { } claim
        ? new ClaimSnapshot(claim.Class, claim.Since)
        : throw new InvalidOperationException($"Lease {lease} has no claim.");

    /// <summary>
    /// GPU-seconds of a run's open claims since they were last metered. Add them to the run's meter for the total.
    /// </summary>
    /// <param name="leases">The run's open leases.</param>
    /// <param name="now">The end of the time counted.</param>
    public ClassSplit Unmetered(IEnumerable<Lease> leases, DateTimeOffset now)
    {
        var open = default(ClassSplit);
        foreach (var lease in leases)
        {
            if (claims.Find(lease.Id) is { } claim && now > claim.Since)
                open = open.Plus(claim.Class, claim.Gpus * (now - claim.Since).TotalSeconds);
        }
        return open;
    }

    /// <summary>
    /// The GPUs that the envelope could fund beside all that it funds now, of whomever. Caps over it count as well. 0
    /// outside its window.
    /// </summary>
    /// <param name="envelope">The envelope.</param>
    public int Headroom(EnvelopeKey envelope) => payers.Find(envelope)?.Idle() ?? 0;

    /// <summary>
    /// The GPUs that a claim of the envelope's owner would be funded for beyond the headroom: those that it would
    /// recall from its family.
    /// </summary>
    /// <param name="envelope">The envelope.</param>
    public int Recallable(EnvelopeKey envelope) =>
        payers.Find(envelope) is { } payer ? payer.Room(Relation.Owner) - payer.Idle() : 0;

    /// <summary>GPUs of the claims on an envelope by class, and how many of them are spares.</summary>
    /// <param name="envelope">The envelope.</param>
    public (ClassSplit Gpus, int SpareGpus) UseOf(EnvelopeKey envelope)
    {
        var (gpus, spares) = (default(ClassSplit), 0);
        foreach (var claim in payers.Find(envelope)?.Books[0].Claims ?? [])
        {
            gpus = gpus.Plus(claim.Class, claim.Gpus);
            spares += claim.Spare ? claim.Gpus : 0;
        }
        return (gpus, spares);
    }

    /// <summary>
    /// GPUs that an envelope funds, and how many of these it lends, summed over the claims at their settled classes.
    /// </summary>
    /// <returns>Also the number of claims looked at, and how many of them no open lease makes.</returns>
    internal (int Funded, int Lent, int Claims, int Strays) FundedOf(EnvelopeKey envelope)
    {
        CheckSettled();
        var (funded, lent, strays) = (0, 0, 0);
        var on = payers.Find(envelope)?.Books[0].Claims ?? [];
        for (var i = 0; i < on.Count; i++)
        {
            var claim = on[i];
            funded += claim.Class == FundingClass.Unfunded ? 0 : claim.Gpus;
            lent += claim.Class == FundingClass.Borrowed ? claim.Gpus : 0;
            strays += ReferenceEquals(claims.Find(claim.Lease), claim) ? 0 : 1;
        }
        return (funded, lent, on.Count, strays);
    }

    /// <summary>GPU-seconds of a lease's claim since it was last metered. Null if it has no claim of its own.</summary>
    internal double? UnmeteredOf(Lease lease, DateTimeOffset now)
    {
        if (claims.Find(lease.Id) is not { } claim || !ReferenceEquals(claim.Of, lease))
            return null;
        return now > claim.Since ? claim.Gpus * (now - claim.Since).TotalSeconds : 0;
    }

    /// <summary>
    /// The claims of all open leases that an envelope pays for, with their settled classes, in lease order. Looks at
    /// every claim of the flavor.
    /// </summary>
    /// <param name="envelope">The envelope.</param>
    /// <param name="at">The instant that the result carries.</param>
    public IReadOnlyList<FundingChange> ClaimsOn(EnvelopeKey envelope, DateTimeOffset at)
    {
        CheckSettled();
        return [.. claims.All.Where(claim => claim.Of.Payer == envelope && claim.Books.Length > 0)
            .OrderBy(claim => claim.Lease).Select(claim => new FundingChange(
                claim.Lease, claim.Run, envelope, claim.Gpus, claim.Spare, claim.Class, at))];
    }

    /// <summary>The budget with a key. Null if there is none.</summary>
    internal Budget? FindBudget(string key) => payers.FindBudget(key);

    /// <summary>The terms of an envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    public Envelope? TermsOf(EnvelopeKey envelope) => payers.Find(envelope)?.Terms;

    /// <summary>The owner of an envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    public string? OwnerOf(EnvelopeKey envelope) => payers.Find(envelope)?.Owner;

    /// <summary>The relation under which an owner may claim on an envelope. Null if it may not.</summary>
    internal Relation? RelationTo(EnvelopeKey envelope, string owner) =>
        payers.Find(envelope) is { } payer ? payers.RelationTo(payer, owner) : null;

    /// <summary>Chooses payers for a demand.</summary>
    /// <param name="demand">The demand.</param>
    public Cover Cover(Demand demand) => outlook.Cover(demand, null, asOf);

    /// <summary>Chooses payers for a demand beside what reservations will claim before it.</summary>
    internal Cover Cover(Demand demand, WaitingRuns beside) => outlook.Cover(demand, beside, asOf);

    /// <summary>
    /// Chooses payers for all of a demand beside what reservations will claim before it. Null if some of it would be
    /// unfunded.
    /// </summary>
    internal Cover? FundedCover(Demand demand, WaitingRuns beside) =>
        outlook.FundedCover(demand, beside, asOf);

    /// <summary>
    /// When a demand would be funded: when a window opens that allows reservations before, or when the claims of now
    /// are expected to end. Null if it would not be. Looks after the instant last advanced to.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="beside">The waiting runs. Null: reservations do not count.</param>
    /// <param name="countsEnds">Whether claims end when <see cref="RunMeter.ExpectedEnd"/> says. Otherwise those of
    /// now stay.</param>
    internal FutureFunding? FundableAt(
        Demand demand, WaitingRuns? beside = null, bool countsEnds = false) =>
        HasReservableOpenings || countsEnds ? outlook.FundableAt(demand, beside, asOf, countsEnds) : null;

    /// <summary>
    /// Whether a demand would be funded if there were no claims, now or when a window opens that allows reservations
    /// before.
    /// </summary>
    internal bool CouldEverFund(Demand demand) => outlook.CouldEverFund(demand, asOf);

    /// <summary>
    /// Whether a reservation made for a start may count on an envelope: it exists, and is open or opens by then.
    /// </summary>
    internal bool MayPromise(EnvelopeKey envelope, DateTimeOffset start) => payers.Find(envelope) is { } payer
        && (payer.Terms.IsOpen(asOf) || (payer.MayReserveFor(asOf) && payer.Terms.Start <= start));

    /// <summary>
    /// The next window that opens on an envelope on which a demand may claim, if open ones do not pay for all of it.
    /// Null if they do, or if there is none.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="after">The instant.</param>
    public (EnvelopeKey Envelope, DateTimeOffset At)? NextOpeningFor(Demand demand, DateTimeOffset after) =>
        Cover(demand).IsFunded ? null : outlook.NextOpeningFor(demand, after);

    /// <summary>The cache for what could be funded for an owner.</summary>
    internal FamilyRoom FamilyOf(string owner) => outlook.FamilyOf(owner);

    /// <summary>
    /// What could be funded for an owner's claims, without regard to reservations: sums over the envelopes of its
    /// family. A demand without sponsors cannot be funded beyond them.
    /// </summary>
    /// <param name="family">The owner's family, from <see cref="FamilyOf"/>.</param>
    internal FundableRoom Fundable(FamilyRoom family) => outlook.Fundable(family, asOf, Changes);

    /// <summary>The same for a new demand beside the commitments to reservations ahead of it.</summary>
    /// <param name="family">The owner's family, from <see cref="FamilyOf"/>.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="queue">The waiting runs.</param>
    internal UncommittedRoom Uncommitted(FamilyRoom family, Demand demand, WaitingRuns queue) =>
        outlook.Uncommitted(family, demand, queue, asOf, Changes);

    /// <summary>
    /// Upper bound of the GPUs that could be reclaimed if a cover held its claims. Stops counting once there is enough.
    /// </summary>
    internal int ReclaimUpperBound(Cover cover, int enough)
    {
        CheckSettled();
        return yielding.UpperBound(cover, enough);
    }

    /// <summary>
    /// Upper bound of the GPUs of certain runs that may yield if a cover held its claims. Stops once there is enough.
    /// </summary>
    /// <param name="cover">A cover.</param>
    /// <param name="counts">Which runs count.</param>
    /// <param name="enough">The number that is enough.</param>
    internal int GpusThatMayYield(Cover cover, Func<RunningRun, bool> counts, int enough)
    {
        CheckSettled();
        return yielding.UpperBound(cover, counts, enough);
    }

    /// <summary>The runs that are wholly unfunded.</summary>
    public IReadOnlySet<RunKey> WhollyUnfunded()
    {
        CheckSettled();
        return yielding.WhollyUnfunded();
    }

    /// <summary>
    /// The runs that may be cut for a demand: unfunded work whose owner is not nearer to the owner of an envelope that
    /// would pay for the demand than the demand's owner is.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would be admitted.</param>
    /// <param name="recalls">Whether runs count that are partly unfunded, or would be if the demand held its claims.
    /// Otherwise only those count that are wholly unfunded now.</param>
    public IReadOnlySet<RunKey> YieldingTo(Demand demand, Cover cover, DateTimeOffset now, bool recalls)
    {
        CheckSettled();
        return recalls ? yielding.UnfundedGiven(demand, cover, now) : yielding.WhollyUnfunded(demand, cover);
    }

    /// <summary>
    /// Tells of an owner whether its work may be cut for a demand at all, funded or not: it is not nearer to the owner
    /// of an envelope that would pay for the demand than the demand's owner is.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    public Func<string, bool> OwnersYieldingTo(Demand demand, Cover cover) => yielding.OwnersYieldingTo(demand, cover);

    /// <summary>
    /// The runs that would have an unfunded claim if a demand held its claims, without those whose owner is nearer to
    /// the owner of an envelope that would pay for it.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would be admitted.</param>
    public IReadOnlySet<RunKey> UnfundedGiven(Demand demand, Cover cover, DateTimeOffset now)
    {
        CheckSettled();
        return yielding.UnfundedGiven(demand, cover, now);
    }

    /// <summary>Opens and closes windows as of now, and finds the next boundary.</summary>
    private void SetWindows()
    {
        Releases++;
        Changes++;
        TermsVersion++;
        nextBoundary = payers.FirstBoundary(asOf) ?? DateTimeOffset.MaxValue;
        HasReservableOpenings = payers.HasReservableOpenings(asOf);
        foreach (var payer in payers.All)
        {
            payer.Books[0].SetOpen(payer.Terms.IsOpen(asOf));
            settlement.Touch(payer.Books[0].Pool);
        }
    }

    /// <summary>
    /// Makes the claim of a lease. It is in no book if it has no payer or its owner may not claim on the payer.
    /// </summary>
    private Claim ClaimFor(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter)
    {
        var payer = lease.Payer is { } key ? payers.Find(key) : null;
        var relation = payer is null ? null : payers.RelationTo(payer, owner);
        return new Claim(lease, owner, lease.Gpus(), relation ?? Relation.Borrower, admittedAt, meter)
        {
            Books = relation is null ? [] : payer!.Books,
        };
    }
}
