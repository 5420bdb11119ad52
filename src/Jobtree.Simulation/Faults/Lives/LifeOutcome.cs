using Jobtree.Simulation.Faults.Checks;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>How a life went.</summary>
/// <param name="Violation">The first violation; null: none.</param>
/// <param name="Heads">The heads of the ledgers, by flavor, and how many things were done.</param>
/// <param name="Story">What happened, if it was to be told.</param>
/// <param name="Accidents">The keys of the network's accidents.</param>
/// <param name="Figures">What it looked at.</param>
internal sealed record LifeOutcome(Violation? Violation, string Heads, IReadOnlyList<string> Story,
    IReadOnlyList<ulong> Accidents, LifeFigures Figures);

/// <summary>What a life looked at.</summary>
/// <param name="Entries">Ledger entries.</param>
/// <param name="Leases">Leases.</param>
/// <param name="Cuts">Runs that were cut.</param>
/// <param name="Acknowledged">Commands that were acknowledged.</param>
/// <param name="Events">Things done.</param>
internal sealed record LifeFigures(long Entries = 0, long Leases = 0, long Cuts = 0, long Acknowledged = 0,
    long Events = 0)
{
    /// <summary>The sum of two.</summary>
    public static LifeFigures operator +(LifeFigures left, LifeFigures right) => new(left.Entries + right.Entries,
        left.Leases + right.Leases, left.Cuts + right.Cuts, left.Acknowledged + right.Acknowledged,
        left.Events + right.Events);
}
