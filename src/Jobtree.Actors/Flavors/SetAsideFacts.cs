using Jobtree.Core.Funding;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The facts for receivers that fail repeatedly, in order for each. They are held apart, so that no other receiver
/// waits behind them.
/// </summary>
/// <remarks>
/// What is held is bounded. An envelope that has more facts than the limit is behind: its facts are dropped, and when
/// it answers again it gets all its claims as they are then. A run has few facts, one for each start and cut; of a run
/// with many, the starts that were cut are dropped.
/// </remarks>
/// <param name="factsMax">The most facts held for one envelope.</param>
internal sealed class SetAsideFacts(int factsMax)
{
    private const int FactsOfRunMax = 64;

    private readonly Dictionary<OutboxReceiver, Waiting> receivers = [];

    public IReadOnlyCollection<OutboxReceiver> Receivers => receivers.Keys;

    public IEnumerable<RunFact> Runs => receivers.Values.SelectMany(facts => facts.Runs);

    public IEnumerable<(long Sequence, FundingChange Change)> Funding =>
        receivers.Values.SelectMany(facts => facts.Funding);

    /// <summary>The receivers that are behind, with the number of the first entry whose facts were dropped.</summary>
    public IEnumerable<OutboxBehind> Behind => receivers
        .Where(receiver => receiver.Value.BehindSince is not null && receiver.Key.Envelope is not null)
        .Select(receiver => new OutboxBehind(receiver.Key.Envelope!.Value, receiver.Value.BehindSince!.Value));

    /// <summary>The number of the first entry with an undelivered fact here; null if there is none.</summary>
    public long? First => receivers.Count == 0 ? null : receivers.Values.Min(facts => facts.First);

    public void Begin(OutboxReceiver receiver) => receivers.TryAdd(receiver, new Waiting());

    /// <summary>Marks an envelope as behind, as a snapshot says that it is.</summary>
    public void Begin(OutboxBehind behind) =>
        receivers[new OutboxReceiver(null, behind.Envelope)] = new Waiting { BehindSince = behind.Since };

    /// <summary>Takes a fact if its receiver is set aside.</summary>
    public bool Take(RunFact fact)
    {
        if (receivers.Count == 0 || !receivers.TryGetValue(new OutboxReceiver(fact.Run, null), out var facts))
            return false;
        facts.Runs.Enqueue(fact);
        if (facts.Runs.Count > FactsOfRunMax)
            facts.Shorten();
        return true;
    }

    /// <summary>Takes a change if its receiver is set aside.</summary>
    public bool Take(long sequence, FundingChange change)
    {
        if (receivers.Count == 0 || !receivers.TryGetValue(new OutboxReceiver(null, change.Payer), out var facts))
            return false;
        if (facts.IsDropping)
            return true;
        facts.Funding.Enqueue((sequence, change));
        if (facts.Funding.Count > factsMax)
            facts.FallBehind();
        return true;
    }

    /// <summary>Whether a receiver is behind.</summary>
    public bool IsBehind(OutboxReceiver receiver) =>
        receivers.TryGetValue(receiver, out var facts) && facts.BehindSince is not null;

    /// <summary>The whole state is about to be sent to a receiver that is behind: later facts are held again.</summary>
    public void BeginCatchUp(OutboxReceiver receiver) => receivers[receiver].IsCatchingUp = true;

    /// <summary>The whole state was taken, or not. Without it, the facts that were held since mean nothing.</summary>
    public void EndCatchUp(OutboxReceiver receiver, bool taken)
    {
        var facts = receivers[receiver];
        var hasFallenBehindAgain = !facts.IsCatchingUp;
        facts.IsCatchingUp = false;
        if (!taken || hasFallenBehindAgain)
        {
            facts.Funding.Clear();
            return;
        }
        facts.BehindSince = null;
        if (facts.Funding.Count == 0)
            receivers.Remove(receiver);
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
        var facts = receivers[receiver];
        for (var left = count; left > 0; left--)
            _ = facts.Runs.TryDequeue(out _) || facts.Funding.TryDequeue(out _);
        if (facts.Runs.Count + facts.Funding.Count == 0)
            receivers.Remove(receiver);
    }

    /// <summary>The facts of one receiver.</summary>
    private sealed class Waiting
    {
        public Queue<RunFact> Runs { get; } = new();

        public Queue<(long Sequence, FundingChange Change)> Funding { get; } = new();

        /// <summary>The number of the first entry whose facts were dropped; null if none were.</summary>
        public long? BehindSince { get; set; }

        /// <summary>Whether the whole state is being sent.</summary>
        public bool IsCatchingUp { get; set; }

        public bool IsDropping => BehindSince is not null && !IsCatchingUp;

        public long First => BehindSince ?? Math.Min(
            Runs.TryPeek(out var fact) ? fact.Sequence : long.MaxValue,
            Funding.TryPeek(out var item) ? item.Sequence : long.MaxValue);

        public void FallBehind()
        {
            BehindSince ??= First;
            IsCatchingUp = false;
            Funding.Clear();
        }

        /// <summary>
        /// Drops what later facts have made irrelevant: waits that ended, former widths, and starts that were cut. What
        /// those used is added to another cut, so that the run's sum stays right.
        /// </summary>
        public void Shorten()
        {
            var facts = Runs.ToList();
            var last = facts[^1];
            facts.RemoveAll(fact => !ReferenceEquals(fact, last)
                && fact.Kind is RunFactKind.Queued or RunFactKind.Reserved or RunFactKind.Resized);
            for (var i = facts.Count - 2; i >= 0 && facts.Count > FactsOfRunMax / 2; i--)
            {
                var isOver = facts[i].Kind == RunFactKind.Started && facts[i + 1].Kind == RunFactKind.Cut;
                var first = facts.FindIndex(static fact => fact.Kind == RunFactKind.Cut);
                if (!isOver || first == i + 1)
                    continue;
                facts[first] = facts[first] with { GpuSeconds = facts[first].GpuSeconds + facts[i + 1].GpuSeconds };
                facts.RemoveRange(i, 2);
            }
            Runs.Clear();
            foreach (var fact in facts)
                Runs.Enqueue(fact);
        }
    }
}
