namespace Jobtree.Core.Ledger;

/// <summary>A broken invariant.</summary>
/// <param name="Invariant">Its number in the design's list, 1 to 12.</param>
/// <param name="Where">Flavor and record, file and offset, run or envelope.</param>
/// <param name="What">One sentence.</param>
public sealed record AuditViolation(int Invariant, string Where, string What);
