namespace Jobtree.Core.Funding;

/// <summary>
/// The claims on one envelope, or under one aggregate cap, in funding order. Decides which of them are funded.
/// </summary>
/// <remarks>
/// The walk visits the claims in funding order and funds each one that fits whole in what is left. Borrowed claims rank
/// last, but a later claim of the family does not displace a funded one. So each borrowed claim is first weighed, in
/// admission order, against the family claims admitted before it. What fits is set aside, and the family walk gets the
/// rest. If all claims fit, which is the common case, sums by relation are enough and there is no walk.
/// </remarks>
/// <param name="concurrency">The limit in GPUs while the window is open.</param>
/// <param name="lendable">The most GPUs funded for borrowers at once.</param>
/// <param name="members">For a cap, the books of its envelopes: the cap weighs only claims that they fund. If absent,
/// all claims are weighed.</param>
internal sealed class ClaimBook(int concurrency, int lendable, IReadOnlyList<ClaimBook>? members = null)
{
    private readonly List<Claim> claims = [];
    private readonly HashSet<Claim> unfunded = [];
    private readonly GpusByRank claimed = new();
    private readonly GpusByRank funded = new();
    private bool stale;
    private bool open;

    /// <summary>See the constructor.</summary>
    public int Concurrency { get; } = concurrency;

    /// <summary>See the constructor.</summary>
    public int Lendable { get; } = lendable;

    public IReadOnlyList<Claim> Claims => claims;

    /// <summary>The value of <see cref="LeavesSomeUnfunded"/> at the last settlement. True for a new book.</summary>
    public bool LeftSomeUnfunded { get; set; } = true;

    public void Add(Claim claim)
    {
        var at = claims.Count == 0 || claims[^1].CompareTo(claim) < 0 ? claims.Count : ~claims.BinarySearch(claim);
        Invariant.Holds(at >= 0, $"Lease {claim.Lease} of {claim.Run} claims twice on one book.");
        claims.Insert(at, claim);
        Count(claim, claim.Gpus);
        Invariant.Holds(at == 0 || claims[at - 1].CompareTo(claim) < 0,
            $"The claim of lease {claim.Lease} is out of funding order.");
    }

    /// <summary>
    /// Appends a claim from a snapshot. Call <see cref="Sort"/> after the last one. Inserting each in order would move
    /// half of the others.
    /// </summary>
    public void Restore(Claim claim)
    {
        claims.Add(claim);
        Count(claim, claim.Gpus);
    }

    public void Sort() => claims.Sort();

    public void Remove(Claim claim)
    {
        var at = claims.BinarySearch(claim);
        Invariant.Holds(at >= 0, $"Lease {claim.Lease} of {claim.Run} gives up a claim that is not in the book.");
        claims.RemoveAt(at);
        Count(claim, -claim.Gpus);
        unfunded.Remove(claim);
    }

    /// <summary>Opens or closes the window. A book with a closed window funds nothing.</summary>
    public void SetOpen(bool isOpen)
    {
        stale |= open != isOpen || members is not null;
        open = isOpen;
    }

    public bool Funds(Claim claim)
    {
        Walk();
        return open && !unfunded.Contains(claim);
    }

    /// <summary>Whether some claim here may be unfunded. False means that all are funded.</summary>
    public bool LeavesSomeUnfunded()
    {
        Walk();
        return !open || unfunded.Count > 0;
    }

    /// <summary>
    /// Whether a new claim may displace others. A claim that fits beside the funded ones displaces none.
    /// </summary>
    public bool Displaces(int claim) => Funded() + claim > Concurrency;

    /// <summary>A copy of the book, with the same claims and an open window.</summary>
    public ClaimBook WhenOpen()
    {
        var opened = new ClaimBook(Concurrency, Lendable);
        foreach (var claim in claims)
            opened.Add(claim);
        opened.SetOpen(true);
        return opened;
    }

    /// <summary>The GPUs that this book would fund for a new claim of a relation.</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="admittedAt">The claim's admission time. If absent, the claim comes last in its rank.</param>
    public int Room(Relation relation, DateTimeOffset? admittedAt = null)
    {
        if (!open)
            return 0;
        Walk();
        if (admittedAt is { } place && relation != Relation.Borrower)
            return RoomAhead(relation, place);
        if (relation == Relation.Borrower)
            return Math.Min(Math.Max(0, Concurrency - funded.Total),
                Math.Max(0, Lendable - funded.Of(Relation.Borrower.Rank)));
        return Math.Max(0, Concurrency - funded.UpTo(relation.Rank) - funded.Of(Relation.Borrower.Rank));
    }

    /// <summary>The GPUs left when the walk reaches a given place among the family's claims.</summary>
    private int RoomAhead(Relation relation, DateTimeOffset admittedAt)
    {
        var left = Concurrency - funded.Of(Relation.Borrower.Rank);
        var areAllFunded = unfunded.Count == 0;
        foreach (var claim in claims)
        {
            if (claim.Relation > relation || (claim.Relation == relation && claim.AdmittedAt > admittedAt))
                break;
            if ((areAllFunded || !unfunded.Contains(claim)) && Weighs(claim))
                left -= claim.Gpus;
        }
        return Math.Max(0, left);
    }

    /// <summary>GPUs funded now.</summary>
    public int Funded()
    {
        Walk();
        return funded.Total;
    }

    private void Count(Claim claim, int gpus)
    {
        claimed.Add(claim.Relation.Rank, gpus);
        stale = true;
    }

    private void Walk()
    {
        if (!stale)
            return;
        stale = false;
        Fund();
        Invariant.Holds(funded.Total <= (open ? Concurrency : 0),
            $"{funded.Total} GPUs are funded where {(open ? Concurrency : 0)} may be.");
        Invariant.Holds(funded.Of(Relation.Borrower.Rank) <= Lendable,
            $"{funded.Of(Relation.Borrower.Rank)} GPUs are lent where {Lendable} may be.");
        Invariant.Holds(claimed.Total >= funded.Total, $"More GPUs are funded than are claimed.");
    }

    /// <summary>Determines which claims are funded.</summary>
    private void Fund()
    {
        unfunded.Clear();
        funded.Clear();
        var isWhole = members is null || members.All(member => !member.LeavesSomeUnfunded());
        if (open && isWhole && claimed.Total <= Concurrency && claimed.Of(Relation.Borrower.Rank) <= Lendable)
        {
            funded.CopyFrom(claimed);
            return;
        }
        if (!open)
            return;
        var weighed = isWhole ? claims : claims.FindAll(Weighs);
        var family = weighed.FindIndex(claim => claim.Relation == Relation.Borrower) is >= 0 and var first
            ? weighed[..first] : weighed;
        var lent = 0;
        for (var i = family.Count; i < weighed.Count; i++)
        {
            var borrowed = weighed[i];
            var earlier = FamilyFunded(family, Concurrency - lent, borrowed);
            if (earlier + lent + borrowed.Gpus <= Concurrency && lent + borrowed.Gpus <= Lendable)
                lent += borrowed.Gpus;
            else
                unfunded.Add(borrowed);
        }
        WalkFamily(family, Concurrency - lent);
        if (lent > 0)
            funded.Add(Relation.Borrower.Rank, lent);
    }

    private bool Weighs(Claim claim) => members is null || claim.Books[0].Funds(claim);

    /// <summary>
    /// The GPUs that family claims admitted before a borrowed claim take of the given room. Lease order decides between
    /// claims of the same instant.
    /// </summary>
    private static int FamilyFunded(List<Claim> family, int room, Claim borrowed)
    {
        var left = room;
        foreach (var claim in family)
        {
            var isEarlier = claim.AdmittedAt < borrowed.AdmittedAt
                || (claim.AdmittedAt == borrowed.AdmittedAt && claim.Lease < borrowed.Lease);
            if (isEarlier && claim.Gpus <= left)
                left -= claim.Gpus;
        }
        return room - left;
    }

    private void WalkFamily(List<Claim> family, int left)
    {
        foreach (var claim in family)
        {
            if (claim.Gpus > left)
            {
                unfunded.Add(claim);
                continue;
            }
            left -= claim.Gpus;
            funded.Add(claim.Relation.Rank, claim.Gpus);
        }
    }
}
