using Jobtree.Core.Ledger;

namespace Jobtree.Core.Contention;

/// <summary>What a funded demand takes from unfunded work.</summary>
/// <param name="Cuts">The runs that end, each needed.</param>
/// <param name="Lottery">The evidence.</param>
/// <param name="Leases">What then fits.</param>
internal sealed record ReclaimPlan(IReadOnlyList<Closing> Cuts, Lottery Lottery, IReadOnlyList<OpeningLease> Leases);
