using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What pending reservations will claim on one envelope.</summary>
/// <remarks>
/// Sums by relation are made anew when a reservation or the family has changed and somebody asks. Every pass over the
/// queue asks many times between two changes.
/// </remarks>
/// <param name="envelope">The envelope.</param>
internal sealed class EnvelopeCommitment(EnvelopeKey envelope)
{
    private readonly List<Commitment> commitments = []; // In order of submission.
    private readonly List<RankCommitment> ranks = [];
    private long? rankedAt;

    /// <summary>The envelope.</summary>
    public EnvelopeKey Envelope { get; } = envelope;

    /// <summary>Whether no reservation is left.</summary>
    public bool IsEmpty => commitments.Count == 0;

    /// <summary>Adds what one reservation will claim.</summary>
    public void Add(Commitment commitment)
    {
        var place = commitments.Count;
        while (place > 0 && commitments[place - 1].SubmittedTicks > commitment.SubmittedTicks)
            place--;
        commitments.Insert(place, commitment);
        rankedAt = null;
    }

    /// <summary>Removes what one reservation was to claim.</summary>
    public void Remove(Commitment commitment)
    {
        commitments.Remove(commitment);
        rankedAt = null;
    }

    /// <summary>
    /// GPUs that come before a claim of a relation: all of nearer relations, and of the same relation those of runs
    /// submitted by an instant. A farther relation never stands in the way of a nearer one.
    /// </summary>
    /// <param name="payer">The envelope as a payer.</param>
    /// <param name="relation">The relation of the claim.</param>
    /// <param name="submittedBy">The instant, in UTC ticks.</param>
    /// <param name="payers">The family.</param>
    public int Before(Payer payer, Relation relation, long submittedBy, PayerTable payers)
    {
        if (rankedAt != payers.Version)
            Rank(payer, payers);
        var gpus = 0;
        foreach (var rank in ranks)
        {
            if (rank.Relation < relation)
                gpus += rank.Gpus;
            else if (rank.Relation == relation)
                gpus += rank.GpusSubmittedBy(submittedBy);
        }
        return gpus;
    }

    private void Rank(Payer payer, PayerTable payers)
    {
        rankedAt = payers.Version;
        foreach (var rank in ranks)
            rank.Clear();
        foreach (var commitment in commitments)
        {
            if (commitment.RelationTo(payer, payers) is { } relation)
                RankOf(relation).Add(commitment);
        }
    }

    private RankCommitment RankOf(Relation relation)
    {
        foreach (var known in ranks)
        {
            if (known.Relation == relation)
                return known;
        }
        var added = new RankCommitment(relation);
        ranks.Add(added);
        return added;
    }
}

/// <summary>What one reservation will claim on one envelope.</summary>
/// <param name="on">The commitments of the envelope.</param>
/// <param name="demand">The demand that holds the reservation.</param>
/// <param name="gpus">GPUs.</param>
internal sealed class Commitment(EnvelopeCommitment on, Demand demand, int gpus)
{
    private (long Version, Relation? Relation)? relation;

    /// <summary>The commitments of the envelope.</summary>
    public EnvelopeCommitment On { get; } = on;

    /// <summary>GPUs.</summary>
    public int Gpus { get; } = gpus;

    /// <summary>When the run was submitted, in UTC ticks.</summary>
    public long SubmittedTicks => demand.SubmittedTicks;

    /// <summary>The relation to the envelope's owner. Null if the run's owner may no longer claim there.</summary>
    public Relation? RelationTo(Payer payer, PayerTable payers)
    {
        if (relation is not { } known || known.Version != payers.Version)
            relation = known = (payers.Version, payers.RelationTo(payer, demand.Owner));
        return known.Relation;
    }
}

/// <summary>What reservations of one relation will claim on one envelope, summed in order of submission.</summary>
/// <param name="relation">The relation.</param>
internal sealed class RankCommitment(Relation relation)
{
    private readonly List<(long SubmittedTicks, int Gpus)> sums = [];

    /// <summary>The relation.</summary>
    public Relation Relation { get; } = relation;

    /// <summary>GPUs of all.</summary>
    public int Gpus => sums.Count == 0 ? 0 : sums[^1].Gpus;

    /// <summary>Removes all.</summary>
    public void Clear() => sums.Clear();

    /// <summary>Adds a commitment that was submitted no earlier than the last.</summary>
    public void Add(Commitment commitment) => sums.Add((commitment.SubmittedTicks, Gpus + commitment.Gpus));

    /// <summary>GPUs of those whose runs were submitted by an instant.</summary>
    public int GpusSubmittedBy(long ticks)
    {
        var (low, high) = (0, sums.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sums[middle].SubmittedTicks <= ticks ? (middle + 1, high) : (low, middle);
        }
        return low == 0 ? 0 : sums[low - 1].Gpus;
    }
}
