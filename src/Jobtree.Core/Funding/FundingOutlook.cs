using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>Who would pay for a demand, now or when a window opens.</summary>
/// <remarks>Never stale: it reads the books, which weigh their claims on demand.</remarks>
/// <param name="payers">The budgets.</param>
internal sealed class FundingOutlook(PayerTable payers)
{
    private readonly Dictionary<string, FamilyRoom> families = [];

    /// <summary>Chooses payers for a demand.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="committed">GPUs already committed on envelopes. Null means none.</param>
    /// <param name="asOf">The instant.</param>
    public Cover Cover(Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed, DateTimeOffset asOf) =>
        new CoverSearch(demand, payers.CandidatesFor(demand), committed).Run(asOf);

    /// <summary>The first window opening at which a demand would be funded. Null if there is none.</summary>
    public (DateTimeOffset At, Cover Cover)? FundableAt(
        Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed, DateTimeOffset asOf) =>
        FutureCover.First(demand, payers.CandidatesFor(demand), committed, asOf);

    /// <summary>The cache for an owner's upper bound.</summary>
    public FamilyRoom FamilyOf(string owner)
    {
        if (!families.TryGetValue(owner, out var family))
            families.Add(owner, family = new FamilyRoom(owner));
        return family;
    }

    /// <summary>Upper bound of the GPUs that could be funded for an owner's claims.</summary>
    /// <param name="family">The owner's family, from <see cref="FamilyOf"/>.</param>
    /// <param name="committed">GPUs already committed on envelopes, and a version that grows when that changes.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">A number that grows when claims, budgets or windows change.</param>
    public (int Gpus, int Uncommitted) UpperBound(
        FamilyRoom family, (IReadOnlyDictionary<EnvelopeKey, int> ByEnvelope, long Version) committed,
        DateTimeOffset asOf, long changes)
    {
        if (family.Last is { } last && last.Changes == changes && last.Commitments == committed.Version)
            return (last.Gpus, last.Uncommitted);
        var (gpus, uncommitted) = (0, 0);
        foreach (var (payer, relation) in payers.FamilyOf(family.Owner))
        {
            var room = payer.MayReserveFor(asOf) ? payer.Terms.Concurrency : payer.Room(relation);
            gpus += room;
            uncommitted += Math.Max(0, room - payer.Committed(committed.ByEnvelope, committed.Version));
        }
        family.Last = (changes, committed.Version, gpus, uncommitted);
        return (gpus, uncommitted);
    }

    /// <summary>Clears the cached families, because budgets changed.</summary>
    public void ForgetFamilies() => families.Clear();
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

    /// <summary>The last answer, and the versions for which it was computed.</summary>
    public (long Changes, long Commitments, int Gpus, int Uncommitted)? Last { get; set; }
}
