using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Who pays in one flavor: the claims of the open leases on its budgets, and from these, at any instant, the class of
/// each claim, and who would pay for more.
/// </summary>
/// <remarks>
/// The classes are a pure function of budgets, leases and time; what is kept here besides is only the last answer, so
/// that a change can be told (<see cref="Settle"/>) and metered.
/// </remarks>
public sealed class FundingBook(string flavor)
{
    private readonly PayerTable payers = new(flavor);
    private readonly Dictionary<long, Claim> claims = [];
    private readonly List<Claim> moved = [];
    private readonly HashSet<ClaimBook> touched = [];
    private readonly HashSet<Claim> fresh = [];
    private readonly HashSet<Claim> unfunded = [];
    private readonly List<FundingChange> removed = [];
    private readonly Dictionary<string, FamilyRoom> families = [];
    private DateTimeOffset asOf = DateTimeOffset.MinValue;
    private DateTimeOffset nextBoundary = DateTimeOffset.MaxValue;
    private long changes;

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
    public long Changes => changes;

    /// <summary>Whether some envelope pays in certain places only.</summary>
    public bool HasSelectors => payers.HasSelectors;

    /// <summary>Whether some window is still to open that allows reservations before.</summary>
    public bool HasReservableOpenings { get; private set; }

    /// <summary>GPUs of claims that were unfunded at the last <see cref="Settle"/>.</summary>
    public int UnfundedGpus { get; private set; }

    /// <summary>
    /// GPUs of the runs that were unfunded in part or in whole at the last <see cref="Settle"/>: runs are cut whole.
    /// </summary>
    public int YieldingGpus { get; private set; }

    /// <summary>GPUs of the runs of which nobody funded any part at the last <see cref="Settle"/>.</summary>
    public int WhollyUnfundedGpus { get; private set; }

    /// <summary>GPUs in use by class, at the last <see cref="Settle"/>.</summary>
    public ClassSplit InUse { get; private set; }

    /// <summary>Adds or replaces budgets, and removes some.</summary>
    /// <param name="put">Budgets as they are from now on.</param>
    /// <param name="remove">Names of budgets that are no more.</param>
    public void Change(IEnumerable<Budget> put, IEnumerable<string> remove)
    {
        payers.Change(put, remove);
        touched.Clear();
        families.Clear();
        changes++;
        foreach (var claim in claims.Values.ToArray())
        {
            var wasFresh = fresh.Remove(claim);
            var again = Enter(claim.Of, claim.Owner, claim.AdmittedAt, claim.Meter);
            (again.Class, again.Since) = (claim.Class, claim.Since);
            if (unfunded.Remove(claim))
                unfunded.Add(again);
            if (wasFresh || (again.Books.Length == 0 && again.Class != FundingClass.Unfunded))
                fresh.Add(again);
        }
        OpenWindows();
    }

    /// <summary>Moves to an instant: windows open and close.</summary>
    /// <param name="now">The instant; going back is ignored.</param>
    public void AdvanceTo(DateTimeOffset now)
    {
        if (now <= asOf)
            return;
        asOf = now;
        if (now >= nextBoundary)
            OpenWindows();
    }

    /// <summary>The next instant after a given one at which a window opens or closes; null: none.</summary>
    /// <param name="after">The instant.</param>
    public DateTimeOffset? NextBoundary(DateTimeOffset after)
    {
        if (after != asOf)
            return payers.FirstBoundary(after);
        return nextBoundary == DateTimeOffset.MaxValue ? null : nextBoundary;
    }

    /// <summary>Adds the claim of a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="owner">The run's owner.</param>
    /// <param name="admittedAt">The run's place in the funding order.</param>
    /// <param name="meter">Where the run's use is added up.</param>
    public void Add(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter)
    {
        var claim = Enter(lease, owner, admittedAt, meter);
        claim.Since = lease.Start;
        fresh.Add(claim);
        unfunded.Add(claim);
        Track(meter, claim.Gpus, claim.Gpus);
        InUse = InUse.Plus(FundingClass.Unfunded, claim.Gpus);
        UnfundedGpus += claim.Gpus;
    }

    /// <summary>Removes the claim of a lease that ends, and meters it to its end.</summary>
    /// <param name="lease">The lease's number.</param>
    /// <param name="at">When it ended.</param>
    public void Remove(long lease, DateTimeOffset at)
    {
        if (!claims.Remove(lease, out var claim))
            return;
        Meter(claim, at);
        Leave(claim);
        fresh.Remove(claim);
        InUse = InUse.Plus(claim.Class, -claim.Gpus);
        var wasUnfunded = unfunded.Remove(claim);
        UnfundedGpus -= wasUnfunded ? claim.Gpus : 0;
        Track(claim.Meter, -claim.Gpus, wasUnfunded ? -claim.Gpus : 0);
        if (claim.Of.Payer is { } payer)
            removed.Add(new FundingChange(lease, claim.Run, payer, claim.Gpus, claim.Spare, null, at));
    }

    /// <summary>The class of a lease's claim at the instant last moved to.</summary>
    /// <param name="lease">The lease's number.</param>
    public FundingClass ClassOf(long lease) =>
        claims.TryGetValue(lease, out var claim) ? Classify(claim) : FundingClass.Unfunded;

    /// <summary>
    /// Works out every class anew where something changed, meters what went before, and tells what changed since the
    /// last time.
    /// </summary>
    /// <param name="now">The instant of the change.</param>
    /// <param name="changes">Receives the changes of claims that have a payer, in the order of leases after
    /// removals.</param>
    public void Settle(DateTimeOffset now, ICollection<FundingChange> changes)
    {
        AdvanceTo(now);
        foreach (var change in removed)
            changes.Add(change);
        removed.Clear();
        if (touched.Count == 0 && fresh.Count == 0)
            return;
        moved.Clear();
        foreach (var book in touched)
        {
            if (!book.LeavesSomeUnfunded() && !book.LeftSomeUnfunded)
                continue;
            book.LeftSomeUnfunded = book.LeavesSomeUnfunded();
            moved.AddRange(book.Claims.Where(claim => !fresh.Contains(claim) && Classify(claim) != claim.Class));
        }
        touched.Clear();
        moved.AddRange(fresh);
        if (moved.Count > 1)
            moved.Sort(static (left, right) => left.Lease.CompareTo(right.Lease));
        for (var i = 0; i < moved.Count; i++)
        {
            // A claim under several books moved in each of them.
            if (i == 0 || moved[i] != moved[i - 1])
                Reclass(moved[i], now, changes);
        }
        fresh.Clear();
        moved.Clear();
    }

    /// <summary>The class of a lease's claim as last told, and up to when it is metered.</summary>
    /// <param name="lease">The lease's number.</param>
    public ClaimSnapshot ClaimOf(long lease) => new(claims[lease].Class, claims[lease].Since);

    /// <summary>Adds the claim of a lease with the class last told, before <see cref="SettleRestored"/>.</summary>
    internal void Restore(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter, ClaimSnapshot told)
    {
        var claim = Enter(lease, owner, admittedAt, meter, isRestored: true);
        (claim.Class, claim.Since) = (told.Class, told.Since);
        var unfundedGpus = claim.Class == FundingClass.Unfunded && unfunded.Add(claim) ? claim.Gpus : 0;
        UnfundedGpus += unfundedGpus;
        Track(meter, claim.Gpus, unfundedGpus);
        InUse = InUse.Plus(claim.Class, claim.Gpus);
    }

    /// <summary>After a restore, the classes are as they were last told.</summary>
    internal void SettleRestored()
    {
        foreach (var book in touched)
            book.Sort();
        foreach (var book in touched)
            book.LeftSomeUnfunded = book.LeavesSomeUnfunded();
        touched.Clear();
    }

    /// <summary>GPU-seconds of a run's open claims since they were last metered, to be added to its meter.</summary>
    /// <param name="leases">The run's open leases.</param>
    /// <param name="now">Up to when.</param>
    public ClassSplit Unmetered(IEnumerable<Lease> leases, DateTimeOffset now)
    {
        var open = default(ClassSplit);
        foreach (var lease in leases)
        {
            if (claims.TryGetValue(lease.Id, out var claim) && now > claim.Since)
                open = open.Plus(claim.Class, claim.Gpus * (now - claim.Since).TotalSeconds);
        }
        return open;
    }

    /// <summary>GPUs that a claim of an envelope's own owner would still find funded.</summary>
    /// <param name="envelope">The envelope.</param>
    public int Headroom(EnvelopeKey envelope) => payers.Find(envelope)?.Room(Relation.Owner) ?? 0;

    /// <summary>GPUs of the claims on an envelope by class, as last told, and how many of them are spares.</summary>
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

    /// <summary>The envelopes of this flavor with their owners, in order.</summary>
    public IEnumerable<(EnvelopeKey Key, string Owner, Envelope Terms)> Envelopes =>
        payers.InOrder.Select(payer => (payer.Key, payer.Owner, payer.Terms));

    /// <summary>The terms of an envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    public Envelope? TermsOf(EnvelopeKey envelope) => payers.Find(envelope)?.Terms;

    /// <summary>The owner of an envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    public string? OwnerOf(EnvelopeKey envelope) => payers.Find(envelope)?.Owner;

    /// <summary>Chooses payers for a demand as things are at the instant last moved to.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="committed">GPUs promised on envelopes already; absent: none.</param>
    public Cover Cover(Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed = null) =>
        new CoverSearch(demand, payers.CandidatesFor(demand), committed).Run(asOf);

    /// <summary>Where an owner's <see cref="Fundable"/> is remembered.</summary>
    /// <param name="owner">The owner.</param>
    public FamilyRoom FamilyOf(string owner)
    {
        if (!families.TryGetValue(owner, out var family))
            families.Add(owner, family = new FamilyRoom(owner));
        return family;
    }

    /// <summary>
    /// GPUs that an owner's claims would find funded in all, now or when a window opens, its family's envelopes
    /// together: no demand without sponsors can be funded beyond it.
    /// </summary>
    /// <param name="family">The owner's, as <see cref="FamilyOf"/> gives it.</param>
    /// <param name="committed">GPUs promised on envelopes already, and a number that grows when that changes.</param>
    /// <returns>The sum, and the sum less what is promised.</returns>
    public (int Gpus, int Unpromised) Fundable(
        FamilyRoom family, (IReadOnlyDictionary<EnvelopeKey, int> ByEnvelope, long Version) committed)
    {
        if (family.Last is { } known && known.Changes == changes && known.Promises == committed.Version)
            return (known.Gpus, known.Unpromised);
        var (gpus, unpromised) = (0, 0);
        foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
        {
            var room = payer.MayReserveFor(asOf) ? payer.Terms.Concurrency : payer.Room(relation);
            gpus += room;
            unpromised += Math.Max(0, room - payer.Promised(committed.ByEnvelope, committed.Version));
        }
        family.Last = (changes, committed.Version, gpus, unpromised);
        return (gpus, unpromised);
    }

    /// <summary>
    /// Whether so many GPUs could be given back once a cover held its claims, as far as sums tell: those of runs that
    /// are unfunded in part now, and of runs that these claims could displace.
    /// </summary>
    /// <param name="cover">The cover.</param>
    /// <param name="gpus">The GPUs, at least 1.</param>
    public bool CanReclaim(Cover cover, int gpus)
    {
        gpus -= YieldingGpus;
        for (var i = 0; gpus > 0 && i < cover.Chunks.Count; i++)
        {
            var chunk = cover.Chunks[i];
            if (chunk.Payer is not { } key)
                continue;
            foreach (var book in payers.Find(key)!.Books)
            {
                if (!book.Displaces(chunk.Gpus))
                    continue;
                for (var claim = book.Claims.Count - 1; claim >= 0 && gpus > 0
                    && book.Claims[claim] is { Relation.Rank: > 0 } there; claim--)
                    gpus -= there.Meter.Gpus;
            }
        }
        return gpus <= 0;
    }

    /// <summary>The runs of which nobody funded any part at the last <see cref="Settle"/>.</summary>
    public IReadOnlySet<RunKey> WhollyUnfunded()
    {
        var runs = new HashSet<RunKey>();
        foreach (var claim in unfunded)
        {
            if (claim.Meter.UnfundedGpus == claim.Meter.Gpus)
                runs.Add(claim.Run);
        }
        return runs;
    }

    /// <summary>The runs that would have an unfunded claim once a demand held its claims.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would be admitted.</param>
    public IReadOnlySet<RunKey> UnfundedGiven(Demand demand, Cover cover, DateTimeOffset now)
    {
        var tentative = new List<Claim>();
        foreach (var chunk in cover.Chunks)
        {
            if (chunk.Payer is not { } key || payers.Find(key) is not { } payer
                || payers.RelationTo(payer, demand.Owner) is not { } relation)
                continue;
            // Numbered after every lease, so that among equals it stands where a new lease would.
            var lease = new Lease { Id = long.MaxValue - cover.Chunks.Count + tentative.Count, Run = demand.Run,
                Chunk = tentative.Count, Slots = [], Start = now };
            var claim = new Claim(lease, demand.Owner, chunk.Gpus, relation, demand.AdmittedAt ?? now,
                new RunMeter()) { Books = payer.Books };
            foreach (var book in claim.Books)
                book.Add(claim);
            tentative.Add(claim);
        }
        // Only claims that share a book with the tentative ones can have another class than the one last told.
        var runs = new HashSet<RunKey>();
        foreach (var claim in unfunded)
        {
            if (Classify(claim) == FundingClass.Unfunded)
                runs.Add(claim.Run);
        }
        foreach (var book in tentative.SelectMany(claim => claim.Books).Distinct()
            .Where(book => book.LeavesSomeUnfunded()))
        {
            foreach (var claim in book.Claims)
            {
                if (!book.Funds(claim))
                    runs.Add(claim.Run);
            }
        }
        foreach (var claim in tentative)
        {
            foreach (var book in claim.Books)
                book.Remove(claim);
        }
        return runs;
    }

    /// <summary>
    /// The first opening of a window, after the instant last moved to, at which a demand would be funded, and who would
    /// pay then; null: none will.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="committed">GPUs promised on envelopes already; absent: none.</param>
    /// <remarks>Only windows that allow reservations before they open count. Claims are taken as they are
    /// now.</remarks>
    public (DateTimeOffset At, Cover Cover)? FundableAt(
        Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed = null) =>
        HasReservableOpenings ? FutureCover.First(demand, payers.CandidatesFor(demand), committed, asOf) : null;

    private void OpenWindows()
    {
        Releases++;
        changes++;
        nextBoundary = payers.FirstBoundary(asOf) ?? DateTimeOffset.MaxValue;
        HasReservableOpenings = payers.HasReservableOpenings(asOf);
        foreach (var payer in payers.All)
        {
            var books = payer.Books;
            books[0].SetOpen(payer.Terms.IsOpen(asOf));
            foreach (var cap in books.AsSpan(1))
                cap.SetOpen(true);
            touched.UnionWith(books);
        }
    }

    private Claim Enter(Lease lease, string owner, DateTimeOffset admittedAt, RunMeter meter, bool isRestored = false)
    {
        var payer = lease.Payer is { } key ? payers.Find(key) : null;
        var relation = payer is null ? null : payers.RelationTo(payer, owner);
        var claim = new Claim(lease, owner, lease.Gpus(), relation ?? Relation.Borrower, admittedAt, meter);
        if (payer is not null && relation is not null)
        {
            claim.Books = payer.Books;
            foreach (var book in claim.Books)
            {
                if (isRestored)
                    book.Restore(claim);
                else
                    book.Add(claim);
                touched.Add(book);
            }
        }
        claims[lease.Id] = claim;
        changes++;
        return claim;
    }

    private void Leave(Claim claim)
    {
        foreach (var book in claim.Books)
        {
            book.Remove(claim);
            touched.Add(book);
        }
        changes++;
        Releases++;
    }

    private void Reclass(Claim claim, DateTimeOffset now, ICollection<FundingChange> changes)
    {
        Meter(claim, now);
        var before = claim.Class;
        claim.Class = Classify(claim);
        InUse = InUse.Plus(before, -claim.Gpus).Plus(claim.Class, claim.Gpus);
        var change = claim.Class != FundingClass.Unfunded && unfunded.Remove(claim) ? -claim.Gpus
            : claim.Class == FundingClass.Unfunded && unfunded.Add(claim) ? claim.Gpus : 0;
        UnfundedGpus += change;
        Track(claim.Meter, 0, change);
        if (claim.Of.Payer is { } payer)
            changes.Add(new FundingChange(claim.Lease, claim.Run, payer, claim.Gpus, claim.Spare, claim.Class, now));
    }

    private void Track(RunMeter meter, int gpus, int unfundedGpus)
    {
        YieldingGpus -= meter.UnfundedGpus > 0 ? meter.Gpus : 0;
        WhollyUnfundedGpus -= meter.UnfundedGpus == meter.Gpus ? meter.Gpus : 0;
        meter.Gpus += gpus;
        meter.UnfundedGpus += unfundedGpus;
        YieldingGpus += meter.UnfundedGpus > 0 ? meter.Gpus : 0;
        WhollyUnfundedGpus += meter.UnfundedGpus == meter.Gpus ? meter.Gpus : 0;
    }

    private static FundingClass Classify(Claim claim)
    {
        foreach (var book in claim.Books)
        {
            if (!book.Funds(claim))
                return FundingClass.Unfunded;
        }
        return claim.Books.Length == 0 ? FundingClass.Unfunded : claim.Relation.Class();
    }

    private static void Meter(Claim claim, DateTimeOffset at)
    {
        if (at <= claim.Since)
            return;
        claim.Meter.Add(claim.Class, claim.Gpus, at - claim.Since);
        claim.Since = at;
    }
}
