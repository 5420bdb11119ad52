using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>
/// The record of one decision to cut work for a run: the conflict set with what each member would lose, what was drawn,
/// and what was spared because the run fits without it. Anyone with the ledger can repeat the draws from the seed.
/// </summary>
/// <param name="For">The run that needs the GPUs.</param>
/// <param name="Seed">The seed in hexadecimal: <see cref="HashChain.Seed"/> of the run, the instant, and the ledger's
/// head before this entry.</param>
/// <param name="Deficit">GPUs that the run asked for beyond those that were free.</param>
/// <param name="Candidates">The conflict set in the order of steps, then of loss, then of keys. Of the last step, only
/// candidates that some draw could have hit: the others would have lost more.</param>
/// <param name="Draws">What was drawn, in order. Of every step but the last, this is all that there was.</param>
/// <param name="Spared">What was drawn but turned out not to be needed.</param>
/// <param name="Asker">The share of the asker's owner before the decision; absent if no lottery was held.</param>
/// <param name="Gap">How many times the asker's share the share of an owner must still exceed after a lottery took one
/// of its runs; 0 if no lottery was held.</param>
/// <param name="Charge">What the cuts were charged to the allowance of the asker's owner; absent if they saved more
/// than they destroyed.</param>
public sealed record Resolution(RunKey For, string Seed, int Deficit, IReadOnlyList<CutCandidate> Candidates,
    IReadOnlyList<CutDraw> Draws, IReadOnlyList<CutDraw> Spared, OwnerShare? Asker = null, int Gap = 0,
    CutCharge? Charge = null);

/// <summary>What a decision to cut was charged to an allowance (<see cref="Contention.CutAllowances"/>).</summary>
/// <param name="Owner">The asker's owner.</param>
/// <param name="Loss">The work that the cuts destroy, in GPU-seconds.</param>
/// <param name="Used">What the owner has used of its allowance with that, in GPU-seconds.</param>
public sealed record CutCharge(string Owner, long Loss, long Used);

/// <summary>Work that may be cut at one step of a decision: a whole run, or a part of one.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">The run.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Gpus">GPUs that the cut would free. Each is a ticket.</param>
/// <param name="Loss">The work that the cut would lose, in GPU-seconds: since the last checkpoint, else since the
/// start. Zero for spares and for what an elastic run gives up.</param>
/// <param name="Part">Which part of the run, counted in the order in which parts are cut; absent for all that is left
/// of the run.</param>
/// <param name="Share">The share of its owner before the decision; for the lottery only.</param>
public sealed record CutCandidate(
    CutStep Step, RunKey Run, string Owner, int Gpus, long Loss, int? Part = null, OwnerShare? Share = null);

/// <summary>One draw of a decision.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">The run drawn.</param>
/// <param name="Part">The part drawn, as in <see cref="CutCandidate"/>.</param>
public sealed record CutDraw(CutStep Step, RunKey Run, int? Part = null);

/// <summary>
/// The share of an owner in a flavor: funded width in use over own concurrency. Owners without own concurrency have the
/// greatest share.
/// </summary>
/// <param name="Gpus">Funded GPUs that its runs lease.</param>
/// <param name="Concurrency">Concurrency of its own envelopes whose windows are open.</param>
public sealed record OwnerShare(int Gpus, int Concurrency)
{
    /// <summary>Whether this share is greater than a multiple of another.</summary>
    /// <param name="other">The other share.</param>
    /// <param name="times">The multiple, at least 1.</param>
    public bool Exceeds(OwnerShare other, int times) => other.Concurrency != 0
        && (Concurrency == 0 || (long)Gpus * other.Concurrency > times * (long)other.Gpus * Concurrency);

    /// <summary>
    /// The most GPUs that the owner may lose and still have a share greater than a multiple of another. Negative if
    /// its share is not greater now.
    /// </summary>
    /// <param name="other">The other share.</param>
    /// <param name="times">The multiple, at least 1.</param>
    public int MayLose(OwnerShare other, int times) => other.Concurrency == 0 ? -1 : Concurrency == 0 ? Gpus
        : Gpus - 1 - (int)(times * (long)other.Gpus * Concurrency / other.Concurrency);

    /// <summary>The share after some of the owner's GPUs are freed.</summary>
    /// <param name="gpus">The GPUs.</param>
    public OwnerShare Less(int gpus) => this with { Gpus = Gpus - gpus };
}

/// <summary>The steps of a decision to cut work, in the order in which they are taken.</summary>
public enum CutStep
{
    /// <summary>Unfunded work yields.</summary>
    Unfunded,

    /// <summary>Spares are dropped.</summary>
    Spares,

    /// <summary>Elastic runs shrink by whole steps, down to their minimum.</summary>
    Shrink,

    /// <summary>Funded runs are drawn in the lottery.</summary>
    Lottery,
}
