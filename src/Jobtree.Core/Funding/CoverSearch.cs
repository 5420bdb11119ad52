using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Chooses payers for one demand: own envelopes first, then the family's by rank, then sponsors', as far as their room
/// goes. Among family envelopes of equal rank, the one with the most room comes first.
/// </summary>
/// <param name="demand">The demand.</param>
/// <param name="candidates">The envelopes it may claim on, in cover order.</param>
/// <param name="commitments">What reservations will claim before it.</param>
/// <param name="roomThen">The GPUs that an envelope would fund for a relation, less what this search has already used
/// of its books. If absent, what it funds now.</param>
internal sealed class CoverSearch(
    Demand demand,
    List<(Payer Payer, Relation Relation)> candidates,
    Commitments commitments = default,
    Func<Payer, Relation, Dictionary<ClaimBook, int>?, int>? roomThen = null)
{
    private readonly List<CoverChunk> chunks = new(1);
    private Dictionary<ClaimBook, int>? used;
    private int borrowable = demand.Funding is { AllowBorrow: true } funding ? funding.MaxBorrowGPUs ?? int.MaxValue
        : 0;

    public Cover Run(DateTimeOffset at)
    {
        var groups = demand.GroupGpus > 0 ? (demand.Gpus + demand.GroupGpus - 1) / demand.GroupGpus : 1;
        for (var group = 0; group < groups; group++)
        {
            if (demand.GroupGpus > 0)
                CoverWhole(group, Math.Min(demand.GroupGpus, demand.Gpus - group * demand.GroupGpus),
                    LeaseRole.Active, at);
            else
                CoverInParts(demand.Gpus, at);
            if (demand.SparesPerGroup > 0)
                CoverWhole(group, demand.SparesPerGroup, LeaseRole.Spare, at);
        }
        return new Cover(chunks);
    }

    private void CoverWhole(int group, int gpus, LeaseRole role, DateTimeOffset at)
    {
        for (int first = 0, end; first < candidates.Count; first = end)
        {
            end = TierEnd(first);
            if (Roomiest(first, end) is var (roomiest, room) && room < gpus)
                continue;
            Use(group, gpus, candidates[roomiest].Payer, candidates[roomiest].Relation, role);
            return;
        }
        LeaveUnfunded(group, gpus, role, at);
    }

    private void CoverInParts(int gpus, DateTimeOffset at)
    {
        for (int first = 0, end; first < candidates.Count; first = end)
        {
            end = TierEnd(first);
            for (var left = end - first; left > 0 && Roomiest(first, end) is (var roomiest, > 0 and var room); left--)
            {
                var part = Math.Min(gpus, room);
                Use(0, part, candidates[roomiest].Payer, candidates[roomiest].Relation, LeaseRole.Active);
                gpus -= part;
                if (gpus == 0)
                    return;
            }
        }
        LeaveUnfunded(0, gpus, LeaseRole.Active, at);
    }

    /// <summary>
    /// The end of a candidate's tier. A tier holds candidates of equal kinship that match the run's place equally well.
    /// Own envelopes and sponsors are taken in the order listed.
    /// </summary>
    private int TierEnd(int first)
    {
        var (payer, relation) = candidates[first];
        var end = first + 1;
        if (relation == Relation.Owner || relation == Relation.Borrower)
            return end;
        var isNamed = payer.IsNamedBy(demand.Selector);
        while (end < candidates.Count && IsInTier(end))
            end++;
        return end;

        bool IsInTier(int index) => candidates[index].Relation == relation
            && candidates[index].Payer.IsNamedBy(demand.Selector) == isNamed;
    }

    /// <summary>
    /// The candidate of a tier with the most room, or the first among equals. Its owner is the least likely to recall
    /// what it shares.
    /// </summary>
    private (int Index, int Room) Roomiest(int first, int end)
    {
        var (roomiest, most) = (first, RoomIn(first));
        for (var i = first + 1; i < end; i++)
        {
            if (RoomIn(i) is var room && room > most)
                (roomiest, most) = (i, room);
        }
        return (roomiest, most);
    }

    private int RoomIn(int candidate)
    {
        var (payer, relation) = candidates[candidate];
        var there = roomThen is null
            ? payer.Room(relation, used, demand.AdmittedAt, commitments) : roomThen(payer, relation, used);
        return relation == Relation.Borrower ? Math.Min(there, borrowable) : there;
    }

    private void Use(int group, int gpus, Payer payer, Relation relation, LeaseRole role)
    {
        // Most demands are covered by one chunk. What is used is not needed after that.
        if (gpus < demand.Gpus || demand.SparesPerGroup > 0)
            Count(payer, gpus);
        if (relation == Relation.Borrower)
            borrowable -= gpus;
        chunks.Add(new CoverChunk(group, gpus, payer.Key, relation.Class(), role, payer.Terms.Selector));
    }

    private void Count(Payer payer, int gpus)
    {
        used ??= [];
        foreach (var book in payer.Books)
            used[book] = used.GetValueOrDefault(book) + gpus;
    }

    /// <summary>
    /// Puts an unfunded claim on the nearest envelope that may fund it later. The claim then becomes funded without
    /// further action when room returns.
    /// </summary>
    private void LeaveUnfunded(int group, int gpus, LeaseRole role, DateTimeOffset at)
    {
        Payer? nearest = null;
        foreach (var (payer, relation) in candidates)
        {
            if (payer.Terms.TakesClaims(at) && (relation != Relation.Borrower || borrowable >= gpus))
            {
                nearest = payer;
                break;
            }
        }
        chunks.Add(new CoverChunk(group, gpus, nearest?.Key, FundingClass.Unfunded, role, nearest?.Terms.Selector));
    }
}
