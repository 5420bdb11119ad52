using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// An envelope in the funding of a flavor: its terms, and the books that must all fund a claim on it.
/// </summary>
internal sealed class Payer(EnvelopeKey key, string owner, Envelope terms, ClaimBook[] books)
{
    private (WaitingRuns Queue, long Version, EnvelopeCommitment? Commitment)? committed;

    public EnvelopeKey Key { get; } = key;

    public string Owner { get; } = owner;

    public Envelope Terms { get; } = terms;

    /// <summary>The envelope's own book first, then those of the caps over it.</summary>
    public ClaimBook[] Books { get; } = books;

    /// <summary>
    /// What reservations will claim on the envelope. Null means nothing. Cached until a reservation changes.
    /// </summary>
    public EnvelopeCommitment? CommittedIn(WaitingRuns queue)
    {
        if (committed is not { } known || known.Version != queue.ReservationVersion
            || !ReferenceEquals(known.Queue, queue))
            committed = known = (queue, queue.ReservationVersion, queue.CommitmentOn(Key));
        return known.Commitment;
    }

    /// <summary>Whether the window opens after an instant and allows reservations before it opens.</summary>
    public bool MayReserveFor(DateTimeOffset after) =>
        Terms.TakesReservations(after);

    /// <summary>Whether a reservation may count on it: it is open, or opens and allows reservations before.</summary>
    public bool MayPromise(DateTimeOffset asOf) => Terms.IsOpen(asOf) || MayReserveFor(asOf);

    /// <summary>The GPUs of a new claim that the envelope and every cap over it would fund.</summary>
    /// <param name="relation">The claimant's relation to the owner.</param>
    /// <param name="used">GPUs that a search has already used of the books.</param>
    /// <param name="admittedAt">The claim's admission time. If absent, the claim comes last in its rank.</param>
    /// <param name="commitments">What reservations will claim before it.</param>
    public int Room(Relation relation, Dictionary<ClaimBook, int>? used = null, DateTimeOffset? admittedAt = null,
        Commitments commitments = default)
    {
        var room = int.MaxValue;
        foreach (var book in Books)
            room = Math.Min(room, book.Room(relation, admittedAt) - (used?.GetValueOrDefault(book) ?? 0));
        return Math.Max(0, room - commitments.Before(this, relation));
    }

    /// <summary>The GPUs left in the envelope and every cap over it. 0 outside the window.</summary>
    public int Idle()
    {
        var idle = Books[0].Bound;
        foreach (var book in Books)
            idle = Math.Min(idle, book.Concurrency - book.Funded());
        return idle;
    }

    /// <summary>The relation under which an owner may claim here. Null if it may not.</summary>
    public Relation? For(string runOwner, Kinship kinship)
    {
        var kin = kinship.Between(runOwner, Owner);
        if (kin == Relation.Owner || (kin is not null && Terms.Sharing == Sharing.Family))
            return kin;
        return LendsTo(runOwner) ? Relation.Borrower : null;
    }

    /// <summary>Whether the lending policy lists an owner.</summary>
    public bool LendsTo(string runOwner) =>
        Terms.Lending?.IsFor(runOwner) == true;

    /// <summary>Whether one place can satisfy both the envelope's selector and the run's.</summary>
    public bool IsCompatible(IReadOnlyDictionary<string, string>? place)
    {
        if (Terms.Selector is null || place is null)
            return true;
        foreach (var (label, value) in Terms.Selector)
        {
            if (place.TryGetValue(label, out var asked) && asked != value)
                return false;
        }
        return true;
    }

    /// <summary>Whether the run's selector contains every label of the envelope's selector.</summary>
    public bool IsNamedBy(IReadOnlyDictionary<string, string>? place)
    {
        if (Terms.Selector is not { Count: > 0 } selector)
            return true;
        foreach (var (label, value) in selector)
        {
            if (place?.GetValueOrDefault(label) != value)
                return false;
        }
        return true;
    }
}
