using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>Leases that end together if they are cut: a candidate of a decision, with what it holds.</summary>
/// <param name="Candidate">What the ledger records of it.</param>
/// <param name="Run">The run.</param>
/// <param name="Leases">The leases that would end; of one that an elastic run gives up in part, with only the slots
/// that it gives up.</param>
internal sealed record CutUnit(CutCandidate Candidate, RunningRun Run, IReadOnlyList<Lease> Leases)
{
    /// <summary>Whether the cut ends all that is left of the run.</summary>
    public bool IsWhole => Candidate.Part is null;

    public CutDraw ToDraw() => new(Candidate.Step, Candidate.Run, Candidate.Part);
}

/// <summary>The order of candidates in a step: loss, then run, then part.</summary>
internal sealed class CutOrder : IComparer<CutUnit>
{
    public static CutOrder Instance { get; } = new();

    public int Compare(CutUnit? left, CutUnit? right)
    {
        var (one, other) = (left!.Candidate, right!.Candidate);
        var order = one.Loss.CompareTo(other.Loss);
        if (order == 0)
            order = one.Run.CompareTo(other.Run);
        return order != 0 ? order : (one.Part ?? int.MaxValue).CompareTo(other.Part ?? int.MaxValue);
    }
}
