using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>The end of a run.</summary>
/// <param name="Reason">Why its leases ended, or would have.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="Operation">The command that ended it.</param>
/// <param name="GpuSeconds">GPU-seconds of its last attempt, by class.</param>
/// <param name="Sequence">The number of its flavor's ledger entry; 0: the flavor did not know it.</param>
public sealed record RunEnd(
    LeaseEndReason Reason, string? Message, string Operation, ClassSplit GpuSeconds, long Sequence);
