using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Runs;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Breaks;

/// <summary>Changes the facts that a receiver takes, if a rule about them is broken.</summary>
/// <param name="broken">The rule.</param>
internal sealed class WrongFacts(BrokenRule broken)
{
    private long highest;

    /// <summary>The facts as an envelope takes them.</summary>
    public EnvelopeFacts Of(EnvelopeFacts facts) => broken switch
    {
        BrokenRule.Dedup => Renumbered(facts),
        BrokenRule.Claim => facts with { Changes =
            [.. facts.Changes.SelectMany(change => new[] { change, change with { Lease = -change.Lease } })] },
        _ => facts,
    };

    /// <summary>A fact as a run takes it.</summary>
    public RunFact Of(RunFact fact, RunRecord? run) => broken == BrokenRule.Dedup
        ? fact with { Sequence = Math.Max(fact.Sequence, (run?.LastFact ?? 0) + 1) } : fact;

    /// <summary>Facts that were seen, under numbers that were not.</summary>
    private EnvelopeFacts Renumbered(EnvelopeFacts facts)
    {
        facts = facts with { Changes = [.. facts.Changes.Select(
            change => change with { Sequence = Math.Max(change.Sequence, highest + 1) })] };
        highest = facts.Changes.Count == 0 ? highest : Math.Max(highest, facts.Changes[^1].Sequence);
        return facts;
    }
}
