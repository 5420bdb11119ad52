using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Who pays in one flavor: its budgets, the claims of the open leases on them, the class of each claim at an instant,
/// and who would pay for more.
/// </summary>
/// <remarks>
/// Classes are a pure function of budgets, leases and time. The book remembers the class that each claim was last
/// settled at, so that a change can be reported and metered.
/// <para>
/// Protocol. For one change of the flavor: <see cref="AdvanceTo"/> the instant, then any number of
/// <see cref="Change"/>, <see cref="Remove"/> and <see cref="Add"/>, then <see cref="Settle"/> once. From the first of
/// these to <see cref="Settle"/> all that goes by settled classes is stale: <see cref="UnfundedGpus"/>,
/// <see cref="YieldingGpus"/>, <see cref="WhollyUnfundedGpus"/>, <see cref="InUse"/>, <see cref="ClaimOf"/>,
/// <see cref="UseOf"/>, <see cref="WhollyUnfunded"/>, <see cref="ReclaimUpperBound"/> and
/// <see cref="UnfundedGiven"/>; a new claim counts as unfunded there. <see cref="ClassOf"/>, <see cref="Headroom"/>,
/// <see cref="Cover"/>, <see cref="FundableAt"/> and <see cref="FundingUpperBound"/> ask the books, and are never
/// stale.
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

    /// <summary>The budgets in name order.</summary>
    public IEnumerable<Budget> Budgets => payers.Budgets;

    /// <summary>
    /// Grows whenever a claim goes, a budget changes or a window opens or closes: what could not be funded before may
    /// be since.
    /// </summary>
    public long Releases { get; private set; }

    /// <summary>
    /// Grows with every change of claims, budgets or windows: who pays for a demand may be another since.
    /// </summary>
    public long Changes { get; private set; }

    /// <summary>Whether some envelope pays in certain places only.</summary>
    public bool HasSelectors => payers.HasSelectors;

    /// <summary>Whether some window is still to open that allows reservations before.</summary>
    public bool HasReservableOpenings { get; private set; }

    /// <summary>GPUs of the claims that are unfunded.</summary>
    public int UnfundedGpus => claims.UnfundedGpus;

    /// <summary>GPUs of the runs that are unfunded in part or in whole: runs are cut whole.</summary>
    public int YieldingGpus => claims.YieldingGpus;

    /// <summary>GPUs of the runs of which nobody funds any part.</summary>
    public int WhollyUnfundedGpus => claims.WhollyUnfundedGpus;

    /// <summary>GPUs in use by class.</summary>
    public ClassSplit InUse => claims.InUse;

    /// <summary>The envelopes of this flavor with their owners, in order.</summary>
    public IEnumerable<(EnvelopeKey Key, string Owner, Envelope Terms)> Envelopes =>
        payers.InOrder.Select(payer => (payer.Key, payer.Owner, payer.Terms));

    /// <summary>Moves to an instant: windows open and close.</summary>
    /// <param name="now">The instant; going back is ignored.</param>
    public void AdvanceTo(DateTimeOffset now)
    {
        if (now <= asOf)
            return;
        asOf = now;
        if (now >= nextBoundary)
            SetWindows();
    }

    /// <summary>The next instant after a given one at which a window opens or closes; null: none.</summary>
    /// <param name="after">The instant.</param>
    public DateTimeOffset? NextBoundary(DateTimeOffset after)
    {
        if (after != asOf)
            return payers.FirstBoundary(after);
        return nextBoundary == DateTimeOffset.MaxValue ? null : nextBoundary;
    }

    /// <summary>Adds or replaces budgets, and removes some.</summary>
    /// <param name="put">Budgets as they are from now on.</param>
    /// <param name="remove">Names of budgets that are no more.</param>
    public void Change(IEnumerable<Budget> put, IEnumerable<string> remove)
    {
        payers.Change(put, remove); // The books are new: every claim enters them again.
        settlement.ForgetBooks();
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
    /// <param name="meter">Where the run's use is added up.</param>
    public void Add(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter)
    {
        var claim = ClaimFor(lease, owner, admittedAt, meter);
        claim.Since = lease.Start;
        claim.Join();
        claims.Add(claim);
        settlement.Touch(claim.Books);
        settlement.Enter(claim);
        Changes++;
    }

    /// <summary>Removes the claim of a lease that ends, and meters it to its end.</summary>
    /// <param name="lease">The lease's number.</param>
    /// <param name="at">When it ended.</param>
    public void Remove(long lease, DateTimeOffset at)
    {
        if (claims.Remove(lease, at) is not { } claim)
            return;
        claim.Withdraw();
        settlement.Touch(claim.Books);
        settlement.End(claim, at);
        Changes++;
        Releases++;
    }

    /// <summary>
    /// Works out every class anew where something changed, meters what went before, and reports what changed since the
    /// last time.
    /// </summary>
    /// <param name="now">The instant of the change.</param>
    /// <param name="changes">Receives the changes of claims that have a payer, in the order of leases after
    /// removals.</param>
    public void Settle(DateTimeOffset now, ICollection<FundingChange> changes)
    {
        AdvanceTo(now);
        settlement.Settle(now, changes);
        Invariant.Holds(claims.InUse.Unfunded == claims.UnfundedGpus,
            $"{claims.InUse.Unfunded} GPUs are in use unfunded, and {claims.UnfundedGpus} counted.");
    }

    /// <summary>What goes by settled classes is asked between changes only.</summary>
    private void CheckSettled() =>
        Invariant.Holds(settlement.IsSettled, $"Settled classes are asked for while they are stale.");

    /// <summary>Adds the claim of a lease as a snapshot has it, before <see cref="SettleRestored"/>.</summary>
    internal void Restore(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter, ClaimSnapshot settled)
    {
        var claim = ClaimFor(lease, owner, admittedAt, meter);
        (claim.Class, claim.Since) = (settled.Class, settled.Since);
        foreach (var book in claim.Books)
            book.Restore(claim);
        claims.Add(claim);
        settlement.Touch(claim.Books);
        Changes++;
    }

    /// <summary>Ends a restore: the classes are those of the snapshot.</summary>
    internal void SettleRestored() => settlement.SettleRestored();

    /// <summary>The class of a lease's claim now.</summary>
    /// <param name="lease">The lease's number.</param>
    public FundingClass ClassOf(long lease) => claims.Find(lease)?.Classify() ?? FundingClass.Unfunded;

    /// <summary>The class of a lease's claim as last settled, and up to when it is metered.</summary>
    /// <param name="lease">The lease's number, of an open one.</param>
    public ClaimSnapshot ClaimOf(long lease) => claims.Find(lease) is { } claim
        ? new ClaimSnapshot(claim.Class, claim.Since)
        : throw new InvalidOperationException($"Lease {lease} has no claim.");

    /// <summary>GPU-seconds of a run's open claims since they were last metered, to be added to its meter.</summary>
    /// <param name="leases">The run's open leases.</param>
    /// <param name="now">Up to when.</param>
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

    /// <summary>GPUs that a claim of an envelope's own owner would still find funded.</summary>
    /// <param name="envelope">The envelope.</param>
    public int Headroom(EnvelopeKey envelope) => payers.Find(envelope)?.Room(Relation.Owner) ?? 0;

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

    /// <summary>The terms of an envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    public Envelope? TermsOf(EnvelopeKey envelope) => payers.Find(envelope)?.Terms;

    /// <summary>The owner of an envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    public string? OwnerOf(EnvelopeKey envelope) => payers.Find(envelope)?.Owner;

    /// <summary>Chooses payers for a demand.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="committed">GPUs committed on envelopes already; null: none.</param>
    public Cover Cover(Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed = null) =>
        outlook.Cover(demand, committed, asOf);

    /// <summary>The first opening of a window, after the instant last moved to, at which a demand would be funded, and
    /// who would pay then; null: none will.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="committed">GPUs committed on envelopes already; null: none.</param>
    /// <remarks>Only windows that allow reservations before they open count. Claims are taken as they are
    /// now.</remarks>
    public (DateTimeOffset At, Cover Cover)? FundableAt(
        Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed = null) =>
        HasReservableOpenings ? outlook.FundableAt(demand, committed, asOf) : null;

    /// <summary>Where an owner's <see cref="FundingUpperBound"/> is remembered.</summary>
    internal FamilyRoom FamilyOf(string owner) => outlook.FamilyOf(owner);

    /// <summary>
    /// Upper bound of the GPUs that an owner's claims would find funded, now or when a window opens: the sum over the
    /// envelopes of its family. No demand without sponsors can be funded beyond it.
    /// </summary>
    /// <param name="family">The owner's, as <see cref="FamilyOf"/> gives it.</param>
    /// <param name="committed">GPUs committed on envelopes already, and a number that grows when that changes.</param>
    /// <returns>The sum, and the sum less what is committed.</returns>
    internal (int Gpus, int Uncommitted) FundingUpperBound(
        FamilyRoom family, (IReadOnlyDictionary<EnvelopeKey, int> ByEnvelope, long Version) committed) =>
        outlook.UpperBound(family, committed, asOf, Changes);

    /// <summary>
    /// Upper bound of the GPUs that could be reclaimed once a cover held its claims. Counting stops at what is enough.
    /// </summary>
    internal int ReclaimUpperBound(Cover cover, int enough)
    {
        CheckSettled();
        return yielding.UpperBound(cover, enough);
    }

    /// <summary>The runs of which nobody funds any part.</summary>
    public IReadOnlySet<RunKey> WhollyUnfunded()
    {
        CheckSettled();
        return yielding.WhollyUnfunded();
    }

    /// <summary>The runs that would have an unfunded claim once a demand held its claims.</summary>
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
        nextBoundary = payers.FirstBoundary(asOf) ?? DateTimeOffset.MaxValue;
        HasReservableOpenings = payers.HasReservableOpenings(asOf);
        foreach (var payer in payers.All)
        {
            payer.Books[0].SetOpen(payer.Terms.IsOpen(asOf));
            foreach (var cap in payer.Books.AsSpan(1))
                cap.SetOpen(true);
            settlement.Touch(payer.Books);
        }
    }

    /// <summary>The claim of a lease. Whoever may not claim on its payer, or has none, is in no book.</summary>
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
