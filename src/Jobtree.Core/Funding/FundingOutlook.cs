using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>Who would pay for a demand, now or when a window opens.</summary>
/// <remarks>It reads the books, which weigh their claims when they are asked: it is never stale.</remarks>
/// <param name="payers">The budgets.</param>
internal sealed class FundingOutlook(PayerTable payers)
{
    private readonly Dictionary<string, FamilyRoom> families = [];

    /// <summary>Chooses payers for a demand.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="committed">GPUs committed on envelopes already; null: none.</param>
    /// <param name="asOf">The instant.</param>
    public Cover Cover(Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed, DateTimeOffset asOf) =>
        new CoverSearch(demand, payers.CandidatesFor(demand), committed).Run(asOf);

    /// <summary>The first opening of a window at which a demand would be funded; null: there is none.</summary>
    public (DateTimeOffset At, Cover Cover)? FundableAt(
        Demand demand, IReadOnlyDictionary<EnvelopeKey, int>? committed, DateTimeOffset asOf) =>
        FutureCover.First(demand, payers.CandidatesFor(demand), committed, asOf);

    /// <summary>Where the upper bound of an owner is remembered.</summary>
    public FamilyRoom FamilyOf(string owner)
    {
        if (!families.TryGetValue(owner, out var family))
            families.Add(owner, family = new FamilyRoom(owner));
        return family;
    }

    /// <summary>GPUs that an owner's claims would find funded at most.</summary>
    /// <param name="family">The owner's, as <see cref="FamilyOf"/> gives it.</param>
    /// <param name="committed">GPUs committed on envelopes already, and a number that grows when that changes.</param>
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

    /// <summary>Forgets the families of owners: budgets changed.</summary>
    public void ForgetFamilies() => families.Clear();
}

/// <summary>
/// What an owner's claims would find funded in all. The owner's waiting runs hold it, since they ask for it in every
/// pass over the queue.
/// </summary>
/// <param name="owner">The owner.</param>
internal sealed class FamilyRoom(string owner)
{
    /// <summary>The owner.</summary>
    public string Owner { get; } = owner;

    /// <summary>The last answer, and the counts of changes at which it was found.</summary>
    public (long Changes, long Commitments, int Gpus, int Uncommitted)? Last { get; set; }
}
