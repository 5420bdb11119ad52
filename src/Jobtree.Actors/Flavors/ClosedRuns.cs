using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The runs that ended or left the queue most recently. A run whose answer was lost asks again and gets the answer from
/// here, and so does a request that was under way while its run was admitted and ended by another way. A run that asks
/// too late learns only that the flavor no longer knows it. So it knows that it has ended, but not what its last
/// attempt used.
/// </summary>
internal sealed class ClosedRuns
{
    /// <summary>Covers the half minute for which a message may be under way, at 2,000 ends a second.</summary>
    private const int CountMax = 65_536;

    private readonly Dictionary<RunKey, RunFact> facts = [];
    private readonly Queue<RunFact> order = new();

    /// <summary>How a run's leases ended; null if that is not known, or if it left the queue without any.</summary>
    /// <param name="run">The run.</param>
    /// <param name="only">The submission; absent: the last.</param>
    public RunFact? Find(RunKey run, AttemptKey? only = null) =>
        facts.GetValueOrDefault(run) is { Kind: RunFactKind.Closed } fact
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
            if (fact.Kind is not (RunFactKind.Closed or RunFactKind.Left))
                continue;
            if (order.Count == CountMax && order.Dequeue() is var oldest
                && ReferenceEquals(facts.GetValueOrDefault(oldest.Run), oldest))
                facts.Remove(oldest.Run);
            facts[fact.Run] = fact;
            order.Enqueue(fact);
        }
    }
}
