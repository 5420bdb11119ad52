namespace Jobtree.Core.Model;

/// <summary>The one end of a lease.</summary>
/// <param name="Lease">The lease's number.</param>
/// <param name="Run">The run that held it.</param>
/// <param name="At">When it ended; not before its start.</param>
/// <param name="Reason">Why.</param>
/// <param name="Seed">The lottery's seed in hexadecimal, for the two reasons that carry one.</param>
public sealed record LeaseEnd(long Lease, RunKey Run, DateTimeOffset At, LeaseEndReason Reason, string? Seed = null);
