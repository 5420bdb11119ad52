using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What pending reservations will claim on one envelope, by the owners of their runs.</summary>
/// <param name="envelope">The envelope.</param>
internal sealed class EnvelopeCommitment(EnvelopeKey envelope)
{
    private readonly List<OwnerCommitment> owners = [];

    /// <summary>The envelope.</summary>
    public EnvelopeKey Envelope { get; } = envelope;

    /// <summary>Whether no reservation is left.</summary>
    public bool IsEmpty => owners.Count == 0;

    /// <summary>What the runs of an owner will claim.</summary>
    public OwnerCommitment Of(string owner)
    {
        foreach (var known in owners)
        {
            if (known.Owner == owner)
                return known;
        }
        var added = new OwnerCommitment(this, owner);
        owners.Add(added);
        return added;
    }

    /// <summary>Adds or removes one reservation.</summary>
    /// <param name="share">The share of its owner.</param>
    /// <param name="gpus">Its GPUs; negative if it is removed.</param>
    public void Add(OwnerCommitment share, int gpus)
    {
        share.Gpus += gpus;
        share.Reservations += Math.Sign(gpus);
        if (share.Reservations == 0)
            owners.Remove(share);
    }

    /// <summary>
    /// GPUs that come before a claim of a relation: all of nearer relations, and of the same relation those of
    /// reservations ahead. A farther relation never stands in the way of a nearer one.
    /// </summary>
    /// <param name="payer">The envelope as a payer.</param>
    /// <param name="relation">The relation of the claim.</param>
    /// <param name="payers">The family.</param>
    /// <param name="counted">Which reservations of the claim's own relation count.</param>
    public int Before(Payer payer, Relation relation, PayerTable payers, CountedCommitments counted)
    {
        var gpus = 0;
        foreach (var share in owners)
        {
            var theirs = share.RelationTo(payer, payers);
            if (theirs is not { } rank || rank > relation)
                continue;
            gpus += rank < relation || counted == CountedCommitments.All ? share.Gpus
                : counted == CountedCommitments.Weighed ? share.Weighed
                : counted == CountedCommitments.Front ? share.Front : share.Gpus - share.Weighed;
        }
        return gpus;
    }
}

/// <summary>Which reservations count against a claim of their own relation.</summary>
internal enum CountedCommitments
{
    /// <summary>All.</summary>
    All,

    /// <summary>Those that were weighed.</summary>
    Weighed,

    /// <summary>Those that were not weighed.</summary>
    Unweighed,

    /// <summary>Those in front.</summary>
    Front,
}

/// <summary>What the reserved runs of one owner will claim on one envelope.</summary>
/// <param name="on">The envelope's commitments.</param>
/// <param name="owner">The owner.</param>
internal sealed class OwnerCommitment(EnvelopeCommitment on, string owner)
{
    private (long Version, Relation? Relation)? relation;

    /// <summary>The commitments that this is a share of.</summary>
    public EnvelopeCommitment On { get; } = on;

    /// <summary>The owner.</summary>
    public string Owner { get; } = owner;

    /// <summary>GPUs of all its reservations.</summary>
    public int Gpus { get; set; }

    /// <summary>The number of reservations.</summary>
    public int Reservations { get; set; }

    /// <summary>GPUs of the reservations before, or behind, the demand that is weighed. Otherwise 0.</summary>
    public int Weighed { get; set; }

    /// <summary>GPUs of the reservations in front (<see cref="WaitingRuns.FrontCounted"/>).</summary>
    public int Front { get; set; }

    /// <summary>The relation to the envelope's owner. Null if it may no longer claim there.</summary>
    public Relation? RelationTo(Payer payer, PayerTable payers)
    {
        if (relation is not { } known || known.Version != payers.Version)
            relation = known = (payers.Version, payers.RelationTo(payer, Owner));
        return known.Relation;
    }
}
