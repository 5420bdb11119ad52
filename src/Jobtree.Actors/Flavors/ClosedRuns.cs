using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The last runs whose leases ended, for a run whose answer was lost on its way: it asks again, and hears what it
/// should have heard. Who asks too late hears that the flavor no longer knows it, and knows by that it has ended, but
/// not what its last attempt used.
/// </summary>
internal sealed class ClosedRuns
{
    private const int CountMax = 16_384;

    private readonly Dictionary<RunKey, RunFact> facts = [];
    private readonly Queue<RunFact> order = new();

    public RunFact? Find(RunKey run) => facts.GetValueOrDefault(run);

    /// <summary>Notes what follows from an entry.</summary>
    public void Watch(FlavorEffects effects)
    {
        foreach (var fact in effects.Runs)
        {
            if (fact.Kind != RunFactKind.Closed)
                continue;
            if (order.Count == CountMax && order.Dequeue() is var oldest
                && ReferenceEquals(facts.GetValueOrDefault(oldest.Run), oldest))
                facts.Remove(oldest.Run);
            facts[fact.Run] = fact;
            order.Enqueue(fact);
        }
    }
}
