using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>A run that leaves the queue without having started.</summary>
/// <param name="Run">The run.</param>
/// <param name="Reason">Cancelled or failed.</param>
public sealed record Departure(RunKey Run, LeaseEndReason Reason);
