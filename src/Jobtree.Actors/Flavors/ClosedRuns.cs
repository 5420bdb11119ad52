using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The runs whose leases ended most recently. A run whose answer was lost asks again and gets the answer from here. A
/// run that asks too late learns only that the flavor no longer knows it. So it knows that it has ended, but not what
/// its last attempt used.
/// </summary>
internal sealed class ClosedRuns
{
    private const int CountMax = 16_384;

    private readonly Dictionary<RunKey, RunFact> facts = [];
    private readonly Queue<RunFact> order = new();

    public RunFact? Find(RunKey run) => facts.GetValueOrDefault(run);

    /// <summary>Remembers the runs that an entry closed.</summary>
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
