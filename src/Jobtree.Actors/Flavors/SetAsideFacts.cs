using Jobtree.Core.Funding;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The facts for receivers that fail repeatedly, in order for each. They are held apart, so that no other receiver
/// waits behind them.
/// </summary>
internal sealed class SetAsideFacts
{
    private readonly Dictionary<OutboxReceiver, Waiting> receivers = [];

    public IReadOnlyCollection<OutboxReceiver> Receivers => receivers.Keys;

    public IEnumerable<RunFact> Runs => receivers.Values.SelectMany(facts => facts.Runs);

    public IEnumerable<(long Sequence, FundingChange Change)> Funding =>
        receivers.Values.SelectMany(facts => facts.Funding);

    /// <summary>The number of the first entry with an undelivered fact here; null if there is none.</summary>
    public long? First => receivers.Count == 0 ? null
        : receivers.Values.Min(facts => Math.Min(
            facts.Runs.TryPeek(out var fact) ? fact.Sequence : long.MaxValue,
            facts.Funding.TryPeek(out var item) ? item.Sequence : long.MaxValue));

    public void Begin(OutboxReceiver receiver) => receivers.TryAdd(receiver, new Waiting(new(), new()));

    /// <summary>Takes a fact if its receiver is set aside.</summary>
    public bool Take(RunFact fact)
    {
        if (receivers.Count == 0 || !receivers.TryGetValue(new OutboxReceiver(fact.Run, null), out var facts))
            return false;
        facts.Runs.Enqueue(fact);
        return true;
    }

    /// <summary>Takes a change if its receiver is set aside.</summary>
    public bool Take(long sequence, FundingChange change)
    {
        if (receivers.Count == 0 || !receivers.TryGetValue(new OutboxReceiver(null, change.Payer), out var facts))
            return false;
        facts.Funding.Enqueue((sequence, change));
        return true;
    }

    /// <summary>
    /// The next facts of a receiver; those of one entry stay together. Empty if the receiver is no longer set aside, or
    /// has no facts left.
    /// </summary>
    public (IReadOnlyList<RunFact> Runs, IReadOnlyList<(long Sequence, FundingChange Change)> Funding) Peek(
        OutboxReceiver receiver, int max) =>
        receivers.TryGetValue(receiver, out var facts)
            ? (Next(facts.Runs, max, static fact => fact.Sequence),
                Next(facts.Funding, max, static item => item.Sequence))
            : ([], []);

    private static IReadOnlyList<T> Next<T>(Queue<T> facts, int max, Func<T, long> sequence)
    {
        if (facts.Count <= max)
            return [.. facts];
        var last = sequence(facts.ElementAt(max - 1));
        return [.. facts.TakeWhile(fact => sequence(fact) <= last)];
    }

    /// <summary>Drops a receiver's delivered facts. When none are left, it is an ordinary receiver again.</summary>
    public void Drop(OutboxReceiver receiver, int count)
    {
        var (runs, funding) = receivers[receiver];
        for (var left = count; left > 0; left--)
            _ = runs.TryDequeue(out _) || funding.TryDequeue(out _);
        if (runs.Count + funding.Count == 0)
            receivers.Remove(receiver);
    }

    private sealed record Waiting(Queue<RunFact> Runs, Queue<(long Sequence, FundingChange Change)> Funding);
}
