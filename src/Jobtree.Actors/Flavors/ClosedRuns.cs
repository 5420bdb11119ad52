using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The runs that ended or left the queue most recently. A run whose answer was lost asks again and gets the answer from
/// here, and so does a request that was under way while its run was admitted and ended by another way. A run that asks
/// too late learns only that the flavor no longer knows it. So it knows that it has ended, but not what its last
/// attempt used.
/// </summary>
/// <param name="kinds">The kinds of facts that are remembered.</param>
internal sealed class ClosedRuns(params RunFactKind[] kinds)
{
    /// <summary>Covers the half minute for which a message may be under way, at 2,000 ends a second.</summary>
    private const int CountMax = 65_536;

    /// <summary>What a snapshot keeps of them, about 200 bytes each. The records after it bring the others back.
    /// </summary>
    private const int SavedMax = 2_048;

    private readonly Dictionary<RunKey, RunFact> facts = [];
    private readonly Queue<RunFact> order = new();

    /// <summary>How a run's leases ended, or how it left the queue; null if that is not known.</summary>
    /// <param name="run">The run.</param>
    /// <param name="only">The submission; absent: the last.</param>
    public RunFact? Find(RunKey run, AttemptKey? only = null) =>
        facts.GetValueOrDefault(run) is { } fact
        && (only is null || fact.SubmittedAt == only.SubmittedAt) ? fact : null;

    /// <summary>
    /// How the very submission of a demand ended; null if that is not known. A later submission of the run has a later
    /// instant.
    /// </summary>
    public RunFact? FindEndOf(Demand demand) =>
        facts.GetValueOrDefault(demand.Run) is { } fact && fact.SubmittedAt >= demand.SubmittedAt ? fact : null;

    /// <summary>Remembers the runs that an entry ended.</summary>
    public void Watch(FlavorEffects effects)
    {
        foreach (var fact in effects.Runs)
        {
            if (kinds.Contains(fact.Kind))
                Add(fact);
        }
    }

    /// <summary>The last ends, oldest first, for a snapshot; null if there are none.</summary>
    public IReadOnlyList<ClosedRun>? Export() => order.Count == 0 ? null
        : [.. order.Skip(order.Count - SavedMax).Select(static fact => new ClosedRun(fact, fact.SubmittedAt))];

    /// <summary>Remembers the ends of a snapshot.</summary>
    public void Import(IReadOnlyList<ClosedRun>? closed)
    {
        foreach (var (fact, submittedAt) in closed ?? [])
            Add(fact with { SubmittedAt = submittedAt });
    }

    private void Add(RunFact fact)
    {
        if (order.Count == CountMax && order.Dequeue() is var oldest
            && ReferenceEquals(facts.GetValueOrDefault(oldest.Run), oldest))
            facts.Remove(oldest.Run);
        facts[fact.Run] = fact;
        order.Enqueue(fact);
    }
}

/// <summary>A run that ended or left the queue.</summary>
/// <param name="Fact">How.</param>
/// <param name="SubmittedAt">When it was submitted, which tells one submission from the next.</param>
public sealed record ClosedRun(RunFact Fact, DateTimeOffset SubmittedAt);
