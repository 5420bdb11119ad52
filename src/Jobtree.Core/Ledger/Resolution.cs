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
/// <param name="Candidates">The conflict set: in the order of the steps, then in key order.</param>
/// <param name="Draws">What was drawn, in order.</param>
/// <param name="Spared">The drawn runs that turned out not to be needed, in key order.</param>
/// <param name="Asker">The share of the asker's owner before the decision; absent if no lottery was held.</param>
public sealed record Resolution(RunKey For, string Seed, int Deficit, IReadOnlyList<CutCandidate> Candidates,
    IReadOnlyList<CutDraw> Draws, IReadOnlyList<RunKey> Spared, OwnerShare? Asker = null);

/// <summary>A run that may be cut at one step of a decision.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">The run.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Gpus">GPUs that the cut would free.</param>
/// <param name="Loss">The work that the cut would lose, in GPU-seconds: since the last checkpoint, else since the
/// start.</param>
/// <param name="Share">The share of its owner after the cut; for the lottery only.</param>
public sealed record CutCandidate(
    CutStep Step, RunKey Run, string Owner, int Gpus, long Loss, OwnerShare? Share = null);

/// <summary>One draw of a decision.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">The run drawn.</param>
public sealed record CutDraw(CutStep Step, RunKey Run);

/// <summary>
/// The share of an owner in a flavor: funded width in use over own concurrency. The greater it is, the more of what the
/// owner may claim is in use; width without own concurrency is the greatest share.
/// </summary>
/// <param name="Gpus">Funded GPUs that its runs lease.</param>
/// <param name="Concurrency">Concurrency of its own envelopes whose windows are open.</param>
public sealed record OwnerShare(int Gpus, int Concurrency);

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
