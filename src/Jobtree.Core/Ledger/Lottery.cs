using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>
/// What was drawn from what, so that anyone holding the ledger can draw again. The candidates are in key order; the
/// draws are the order in which the seed shuffles them; the cuts are those of the draws that were needed.
/// </summary>
/// <param name="For">The run that asked.</param>
/// <param name="Seed">The seed in hexadecimal: a hash over the run, the instant and the ledger's head before this
/// entry.</param>
/// <param name="Candidates">The conflict set.</param>
/// <param name="Draws">The candidates drawn until the demand fitted, in order.</param>
public sealed record Lottery(RunKey For, string Seed, IReadOnlyList<RunKey> Candidates, IReadOnlyList<RunKey> Draws);
