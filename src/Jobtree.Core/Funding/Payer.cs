using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// An envelope as the funding of a flavor sees it: its terms, and the books that must all fund a claim on it.
/// </summary>
internal sealed class Payer(EnvelopeKey key, string owner, Envelope terms, ClaimBook[] books)
{
    private (long Version, int Gpus)? committed;

    public EnvelopeKey Key { get; } = key;

    public string Owner { get; } = owner;

    public Envelope Terms { get; } = terms;

    /// <summary>The envelope's own book first, then those of the caps over it.</summary>
    public ClaimBook[] Books { get; } = books;

    /// <summary>
    /// GPUs that are committed on it to reservations. The answer is remembered while the version of the commitments
    /// stays the same.
    /// </summary>
    public int Committed(IReadOnlyDictionary<EnvelopeKey, int> commitments, long version)
    {
        if (committed is not { } known || known.Version != version)
            committed = known = (version, commitments.GetValueOrDefault(Key));
        return known.Gpus;
    }

    /// <summary>Whether its window opens after an instant, and allows reservations before it does.</summary>
    public bool MayReserveFor(DateTimeOffset after) =>
        Terms is { PreActivation.AllowReservations: true } && Terms.Start > after;

    /// <summary>GPUs that a new claim would find funded by the envelope and every cap over it.</summary>
    /// <param name="relation">The claimant's relation to the owner.</param>
    /// <param name="used">GPUs that a search has used of books already.</param>
    /// <param name="admittedAt">The claim's place in the funding order, when that is not the end of its rank.</param>
    /// <param name="commitments">GPUs committed on envelopes to reservations; null: none.</param>
    public int Room(Relation relation, Dictionary<ClaimBook, int>? used = null, DateTimeOffset? admittedAt = null,
        IReadOnlyDictionary<EnvelopeKey, int>? commitments = null)
    {
        var room = int.MaxValue;
        foreach (var book in Books)
            room = Math.Min(room, book.Room(relation, admittedAt) - (used?.GetValueOrDefault(book) ?? 0));
        return Math.Max(0, room - (commitments?.GetValueOrDefault(Key) ?? 0));
    }

    /// <summary>The relation under which an owner may claim here; null: it may not.</summary>
    public Relation? For(string runOwner, Kinship kinship)
    {
        var kin = kinship.Between(runOwner, Owner);
        if (kin == Relation.Owner || (kin is not null && Terms.Sharing == Sharing.Family))
            return kin;
        return LendsTo(runOwner) ? Relation.Borrower : null;
    }

    /// <summary>Whether the lending policy names an owner.</summary>
    public bool LendsTo(string runOwner) =>
        Terms.Lending is { Allow: true } lending && lending.To.Any(pattern => OwnerPattern.Matches(pattern, runOwner));

    /// <summary>Whether some place satisfies both the envelope's selector and a run's.</summary>
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

    /// <summary>Whether the run's place says all that the envelope's selector asks for.</summary>
    public bool IsNamedBy(IReadOnlyDictionary<string, string>? place) =>
        Terms.Selector is null || Terms.Selector.Count == 0
            || (place is not null && Terms.Selector.All(pair => place.GetValueOrDefault(pair.Key) == pair.Value));
}
