namespace Jobtree.Core.Ledger;

/// <summary>What an audit found.</summary>
/// <param name="Records">Ledger records read.</param>
/// <param name="Leases">Leases seen, open or ended.</param>
/// <param name="Heads">The head hash of each ledger checked, by flavor, in hexadecimal.</param>
/// <param name="Violations">What is broken; empty: all invariants that apply hold.</param>
public sealed record AuditReport(
    long Records, long Leases, IReadOnlyDictionary<string, string> Heads, IReadOnlyList<AuditViolation> Violations);
