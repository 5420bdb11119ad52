using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>All leases of a run end.</summary>
/// <param name="Run">The run.</param>
/// <param name="Reason">Why.</param>
/// <param name="Requeue">Whether the run goes back to the queue, its place kept.</param>
/// <param name="Seed">The seed of the lottery that drew it, in hexadecimal.</param>
public sealed record Closing(RunKey Run, LeaseEndReason Reason, bool Requeue = false, string? Seed = null);
