using Jobtree.Core.Ledger;

namespace Jobtree.Actors.Flavors;

/// <summary>What one pass of the continuous check found in a flavor.</summary>
/// <param name="Counts">How often each invariant was found broken. Every invariant that was looked at is there.</param>
/// <param name="Violations">The violations in words, up to a limit.</param>
/// <param name="Missing">Records that the store lacks of the ledger's end.</param>
/// <param name="Orphaned">Open leases whose run has ended or does not exist.</param>
/// <param name="Lost">Acknowledged open runs that the flavor does not know.</param>
/// <param name="Leases">The leases that were open when the pass began.</param>
/// <param name="Worked">How long the pass worked, without its pauses.</param>
public sealed record FlavorFindings(
    IReadOnlyDictionary<int, int> Counts, IReadOnlyList<AuditViolation> Violations, long Missing, int Orphaned,
    int Lost, int Leases, TimeSpan Worked)
{
    /// <summary>
    /// The invariants that a pass looks at. The others need the whole ledger (8, 11) or its history (4 in part), which
    /// an audit of the journals reads.
    /// </summary>
    public static IReadOnlyList<int> Invariants { get; } = [1, 2, 3, 4, 5, 6, 7, 9, 10, 12];
}
