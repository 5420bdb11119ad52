namespace Jobtree.Core.Funding;

/// <summary>
/// The claims on one envelope, or under one aggregate cap, in funding order, with their sums. Which of them are funded
/// is decided by the book's <see cref="ClaimPool"/>, together with the books that share a claim with this one.
/// </summary>
/// <param name="concurrency">The limit in GPUs while the window is open.</param>
/// <param name="lendable">The most GPUs funded for borrowers at once.</param>
/// <param name="members">For a cap, the books of its envelopes. Absent for an envelope.</param>
internal sealed class ClaimBook(int concurrency, int lendable, IReadOnlyList<ClaimBook>? members = null)
{
    private readonly List<Claim> claims = [];
    private ClaimPool? pool;

    /// <summary>See the constructor.</summary>
    public int Concurrency { get; } = concurrency;

    /// <summary>See the constructor.</summary>
    public int Lendable { get; } = lendable;

    /// <summary>The books of a cap's envelopes. Null for an envelope.</summary>
    public IReadOnlyList<ClaimBook>? Members { get; } = members;

    /// <summary>The claims, in funding order.</summary>
    public List<Claim> Claims => claims;

    /// <summary>The books that are weighed together with this one.</summary>
    public ClaimPool Pool
    {
        get => pool ??= new ClaimPool([this], []);
        set => pool = value;
    }

    /// <summary>Whether the window is open. An envelope with a closed window funds nothing. A cap has no window.
    /// </summary>
    public bool IsOpen { get; private set; } = members is not null;

    /// <summary>GPUs of the claims.</summary>
    public GpusByRank Claimed { get; } = new();

    /// <summary>GPUs of the funded claims at the pool's last walk.</summary>
    public GpusByRank FundedThen { get; } = new();

    /// <summary>GPUs set aside for borrowers. Used during a walk of the pool.</summary>
    public int Lent { get; set; }

    /// <summary>GPUs that no claim has taken yet. Used during a walk of the pool.</summary>
    public int Left { get; set; }

    /// <summary>The most GPUs that may be funded now.</summary>
    public int Bound => IsOpen ? Concurrency : 0;

    public void Add(Claim claim)
    {
        Insert(claims, claim);
        Claimed.Add(claim.Relation.Rank, claim.Gpus);
        if (Members is null)
            Pool.Add(claim);
    }

    /// <summary>
    /// Appends a claim from a snapshot. Call <see cref="ClaimPool.Sort"/> after the last one. Inserting each in order
    /// would move half of the others.
    /// </summary>
    public void Restore(Claim claim)
    {
        claims.Add(claim);
        Claimed.Add(claim.Relation.Rank, claim.Gpus);
        if (Members is null)
            Pool.Restore(claim);
    }

    public void Remove(Claim claim)
    {
        Take(claims, claim);
        Claimed.Add(claim.Relation.Rank, -claim.Gpus);
        if (Members is null)
            Pool.Remove(claim);
    }

    /// <summary>Opens or closes the window of an envelope.</summary>
    public void SetOpen(bool isOpen)
    {
        if (Members is not null || IsOpen == isOpen)
            return;
        IsOpen = isOpen;
        Pool.MarkStale();
    }

    /// <summary>Whether a claim is funded, by its envelope and by every cap over it.</summary>
    public bool Funds(Claim claim) => Pool.Funds(claim);

    /// <summary>
    /// Whether a new claim may displace others. A claim that fits beside the funded ones displaces none.
    /// </summary>
    public bool Displaces(int claim) => Funded() + claim > Concurrency;

    /// <summary>Whether family claims that rank behind a new one of a relation are funded.</summary>
    public bool FundsBehind(Relation relation) =>
        Funded() > FundedThen.UpTo(relation.Rank) + FundedThen.Of(Relation.Borrower.Rank);

    /// <summary>A copy of the book with an open window and some of the claims, weighed on its own.</summary>
    /// <param name="keeps">Whether a claim is still there.</param>
    public ClaimBook WhenOpen(Func<Claim, bool> keeps)
    {
        var opened = new ClaimBook(Concurrency, Lendable);
        foreach (var claim in claims)
        {
            if (keeps(claim))
                opened.Restore(claim); // The claims are in order.
        }
        opened.SetOpen(true);
        return opened;
    }

    /// <summary>The GPUs that this book would fund for a new claim of a relation.</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="admittedAt">The claim's admission time. If absent, the claim comes last in its rank.</param>
    public int Room(Relation relation, DateTimeOffset? admittedAt = null)
    {
        if (!IsOpen)
            return 0;
        Pool.Walk();
        if (admittedAt is { } place && relation != Relation.Borrower)
            return RoomAhead(relation, place);
        if (relation == Relation.Borrower)
            return Math.Min(Math.Max(0, Concurrency - FundedThen.Total),
                Math.Max(0, Lendable - FundedThen.Of(Relation.Borrower.Rank)));
        return Math.Max(0, Concurrency - FundedThen.UpTo(relation.Rank) - FundedThen.Of(Relation.Borrower.Rank));
    }

    /// <summary>GPUs funded now.</summary>
    public int Funded()
    {
        Pool.Walk();
        return FundedThen.Total;
    }

    /// <summary>The GPUs left when the walk reaches a given place among the family's claims.</summary>
    private int RoomAhead(Relation relation, DateTimeOffset admittedAt)
    {
        var left = Concurrency - FundedThen.Of(Relation.Borrower.Rank);
        var areAllFunded = !Pool.LeavesSomeUnfunded();
        foreach (var claim in claims)
        {
            if (claim.Relation > relation || (claim.Relation == relation && claim.AdmittedAt > admittedAt))
                break;
            if (areAllFunded || Pool.Funds(claim))
                left -= claim.Gpus;
        }
        return Math.Max(0, left);
    }

    /// <summary>Inserts a claim at its place in funding order.</summary>
    internal static void Insert(List<Claim> claims, Claim claim)
    {
        var at = claims.Count == 0 || claims[^1].CompareTo(claim) < 0 ? claims.Count : ~claims.BinarySearch(claim);
        Invariant.Holds(at >= 0, $"Lease {claim.Lease} of {claim.Run} claims twice on one book.");
        claims.Insert(at, claim);
        Invariant.Holds(at == 0 || claims[at - 1].CompareTo(claim) < 0,
            $"The claim of lease {claim.Lease} is out of funding order.");
    }

    /// <summary>Removes a claim from a list in funding order.</summary>
    internal static void Take(List<Claim> claims, Claim claim)
    {
        var at = claims.BinarySearch(claim);
        Invariant.Holds(at >= 0, $"Lease {claim.Lease} of {claim.Run} gives up a claim that is not in the book.");
        claims.RemoveAt(at);
    }
}
