namespace Jobtree.Core.Ledger;

/// <summary>The result of an audit.</summary>
/// <param name="Records">Ledger records read.</param>
/// <param name="Leases">Leases seen, open or ended.</param>
/// <param name="Heads">The head hash of each ledger checked, by flavor, in hexadecimal.</param>
/// <param name="Violations">The broken invariants; empty if all that apply hold.</param>
public sealed record AuditReport(
    long Records, long Leases, IReadOnlyDictionary<string, string> Heads, IReadOnlyList<AuditViolation> Violations)
{
    /// <summary>
    /// What is missing before the first record read, and who vouches for it, in one sentence; null if nothing is
    /// missing.
    /// </summary>
    public string? Begins { get; init; }
}

/// <summary>A broken invariant.</summary>
/// <param name="Invariant">The invariant's number in the design's list, 1 to 12.</param>
/// <param name="Where">Flavor and record, file and offset, run or envelope.</param>
/// <param name="What">The violation in one sentence.</param>
public sealed record AuditViolation(int Invariant, string Where, string What);
