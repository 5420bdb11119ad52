namespace Jobtree.Core.Funding;

/// <summary>
/// Books that are weighed together: the envelopes of one budget that caps link, and those caps; or one envelope alone.
/// Decides which of their claims are funded.
/// </summary>
/// <remarks>
/// One walk visits the claims of all envelopes in funding order. It funds each claim that fits whole in what is left of
/// its envelope and of every cap over it, so that a claim which one of them refuses uses up nothing of the others. All
/// envelopes of a budget have one owner, so there is one order.
/// <para>
/// Borrowed claims rank last, but a later claim of the family does not displace a funded one. So each borrowed claim is
/// first weighed, in admission order, against the family claims admitted before it. What fits is set aside, and the
/// family walk gets the rest. If all claims fit, which is the common case, sums are enough and there is no walk.
/// </para>
/// </remarks>
internal sealed class ClaimPool
{
    private readonly ClaimBook[] envelopes;
    private readonly ClaimBook[] caps;
    private readonly ClaimBook[] books;
    private readonly List<Claim> claims;
    private readonly HashSet<Claim> unfunded = [];
    private bool stale = true;

    /// <summary>Links books. They must hold no claims yet.</summary>
    /// <param name="envelopes">The books of envelopes.</param>
    /// <param name="caps">The books of all caps over them, whose members are all among the envelopes.</param>
    public ClaimPool(ClaimBook[] envelopes, ClaimBook[] caps)
    {
        (this.envelopes, this.caps, books) = (envelopes, caps, [.. envelopes, .. caps]);
        claims = IsOfOneEnvelope ? envelopes[0].Claims : [];
        foreach (var book in books)
            book.Pool = this;
    }

    /// <summary>The claims of all envelopes, in funding order.</summary>
    public IReadOnlyList<Claim> Claims => claims;

    /// <summary>The value of <see cref="LeavesSomeUnfunded"/> at the last settlement. True for a new pool.</summary>
    public bool LeftSomeUnfunded { get; set; } = true;

    private bool IsOfOneEnvelope => envelopes.Length == 1;

    /// <summary>Adds a claim that an envelope's book got.</summary>
    public void Add(Claim claim)
    {
        if (!IsOfOneEnvelope)
            ClaimBook.Insert(claims, claim);
        stale = true;
    }

    /// <summary>Appends a claim from a snapshot that an envelope's book got.</summary>
    public void Restore(Claim claim)
    {
        if (!IsOfOneEnvelope)
            claims.Add(claim);
        stale = true;
    }

    /// <summary>Removes a claim that an envelope's book gave up.</summary>
    public void Remove(Claim claim)
    {
        if (!IsOfOneEnvelope)
            ClaimBook.Take(claims, claim);
        unfunded.Remove(claim);
        stale = true;
    }

    /// <summary>Puts restored claims in funding order.</summary>
    public void Sort()
    {
        foreach (var book in books)
            book.Claims.Sort();
        if (!IsOfOneEnvelope)
            claims.Sort();
    }

    /// <summary>Records that a window opened or closed.</summary>
    public void MarkStale() => stale = true;

    /// <summary>Whether a claim is funded, by its envelope and by every cap over it.</summary>
    public bool Funds(Claim claim)
    {
        Walk();
        return EnvelopeOf(claim).IsOpen && !unfunded.Contains(claim);
    }

    /// <summary>Whether some claim may be unfunded. False means that all are funded.</summary>
    public bool LeavesSomeUnfunded()
    {
        Walk();
        if (unfunded.Count > 0)
            return true;
        foreach (var envelope in envelopes)
        {
            if (!envelope.IsOpen)
                return true;
        }
        return false;
    }

    /// <summary>Determines which claims are funded, unless nothing has changed.</summary>
    public void Walk()
    {
        if (!stale)
            return;
        stale = false;
        unfunded.Clear();
        if (FitsWhole())
            FundAll();
        else
            FundInOrder();
        foreach (var book in books)
            CheckBounds(book);
    }

    private static void CheckBounds(ClaimBook book)
    {
        var (funded, lent) = (book.FundedThen.Total, book.FundedThen.Of(Relation.Borrower.Rank));
        Invariant.Holds(funded <= book.Bound, $"{funded} GPUs are funded where {book.Bound} may be.");
        Invariant.Holds(lent <= book.Lendable, $"{lent} GPUs are lent where {book.Lendable} may be.");
        Invariant.Holds(book.Claimed.Total >= funded, $"More GPUs are funded than are claimed.");
    }

    private bool FitsWhole()
    {
        foreach (var envelope in envelopes)
        {
            var fits = envelope.Claimed.Total <= envelope.Concurrency
                && envelope.Claimed.Of(Relation.Borrower.Rank) <= envelope.Lendable;
            if (envelope.IsOpen && !fits)
                return false;
        }
        foreach (var cap in caps)
        {
            var claimed = 0;
            foreach (var member in cap.Members!)
                claimed += member.IsOpen ? member.Claimed.Total : 0;
            if (claimed > cap.Concurrency)
                return false;
        }
        return true;
    }

    private void FundAll()
    {
        foreach (var envelope in envelopes)
        {
            if (envelope.IsOpen)
                envelope.FundedThen.CopyFrom(envelope.Claimed);
            else
                envelope.FundedThen.Clear();
        }
        foreach (var cap in caps)
        {
            cap.FundedThen.Clear();
            foreach (var member in cap.Members!)
                cap.FundedThen.AddAll(member.FundedThen);
        }
    }

    private void FundInOrder()
    {
        foreach (var book in books)
        {
            book.FundedThen.Clear();
            book.Lent = 0;
        }
        var family = claims.FindIndex(static claim => claim.Relation == Relation.Borrower) is >= 0 and var first
            ? first : claims.Count;
        for (var i = family; i < claims.Count; i++)
            Lend(claims[i], family);
        foreach (var book in books)
            book.Left = book.Concurrency - book.Lent;
        for (var i = 0; i < family; i++)
        {
            if (TryTake(claims[i]))
                Count(claims[i]);
            else
                unfunded.Add(claims[i]);
        }
        foreach (var book in books)
        {
            if (book.Lent > 0)
                book.FundedThen.Add(Relation.Borrower.Rank, book.Lent);
        }
    }

    /// <summary>
    /// Sets GPUs aside for a borrowed claim, if it fits beside those set aside before and the family claims that were
    /// admitted before it. Lease order decides between claims of the same instant.
    /// </summary>
    private void Lend(Claim borrowed, int family)
    {
        var lender = EnvelopeOf(borrowed);
        var isLent = lender.IsOpen && lender.Lent + borrowed.Gpus <= lender.Lendable
            && FitsAfterEarlier(borrowed, family);
        if (!isLent)
        {
            unfunded.Add(borrowed);
            return;
        }
        foreach (var book in BooksOf(borrowed))
            book.Lent += borrowed.Gpus;
    }

    private bool FitsAfterEarlier(Claim borrowed, int family)
    {
        foreach (var book in books)
            book.Left = book.Concurrency - book.Lent;
        for (var i = 0; i < family; i++)
        {
            var claim = claims[i];
            var isEarlier = claim.AdmittedAt < borrowed.AdmittedAt
                || (claim.AdmittedAt == borrowed.AdmittedAt && claim.Lease < borrowed.Lease);
            if (isEarlier)
                TryTake(claim);
        }
        return Fits(borrowed);
    }

    /// <summary>Takes a claim's GPUs from all its books if it fits whole in each.</summary>
    private bool TryTake(Claim claim)
    {
        if (!Fits(claim))
            return false;
        foreach (var book in BooksOf(claim))
            book.Left -= claim.Gpus;
        return true;
    }

    private bool Fits(Claim claim)
    {
        if (!EnvelopeOf(claim).IsOpen)
            return false;
        foreach (var book in BooksOf(claim))
        {
            if (claim.Gpus > book.Left)
                return false;
        }
        return true;
    }

    private void Count(Claim claim)
    {
        foreach (var book in BooksOf(claim))
            book.FundedThen.Add(claim.Relation.Rank, claim.Gpus);
    }

    /// <summary>The envelope's book. A book that stands alone may hold claims that are also elsewhere.</summary>
    private ClaimBook EnvelopeOf(Claim claim) => IsOfOneEnvelope ? envelopes[0] : claim.Books[0];

    private ClaimBook[] BooksOf(Claim claim) => IsOfOneEnvelope ? books : claim.Books;
}
