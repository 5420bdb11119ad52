using Jobtree.Actors.Envelopes;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The undelivered facts of a flavor. The outbox needs no journal: the ledger determines its contents. After a restart,
/// all facts since the snapshot are delivered again, and receivers ignore those they have seen. It is read and drained
/// outside the flavor's turns.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="setAsideMax">The most facts held for one envelope that is set aside.</param>
internal sealed class FlavorOutbox(string flavor, int setAsideMax = FlavorOutbox.SetAsideMaxDefault)
{
    /// <summary>About 2 MB for each such envelope.</summary>
    public const int SetAsideMaxDefault = 10_000;

    private const int GatheredMax = 1024;
    private const int ChangesUsual = 32;

    private readonly Lock gate = new();
    private readonly Queue<RunFact> runs = new();
    private readonly Queue<(long Sequence, FundingChange Change)> funding = new();
    private readonly SetAsideFacts setAside = new(setAsideMax);

    /// <summary>Whether the outbox holds no facts for ordinary receivers.</summary>
    public bool IsEmpty => runs.Count == 0 && funding.Count == 0;

    /// <summary>
    /// Whether a run waits for a fact, or many facts have accumulated. Envelopes only meter, so their facts can wait.
    /// </summary>
    public bool IsUrgent => runs.Count > 0 || funding.Count >= GatheredMax;

    /// <summary>
    /// When the oldest fact here was recorded, without those of receivers that are set aside; null: there is none.
    /// </summary>
    public DateTimeOffset? Oldest
    {
        get
        {
            lock (gate)
            {
                DateTimeOffset? run = runs.TryPeek(out var fact) ? fact.At : null;
                DateTimeOffset? claim = funding.TryPeek(out var item) ? item.Change.At : null;
                return run is null || claim < run ? claim : run;
            }
        }
    }

    /// <summary>Queues the facts of one entry and clears the collection.</summary>
    /// <param name="sequence">The entry's number.</param>
    /// <param name="effects">The entry's facts.</param>
    /// <param name="told">The run that receives its fact as the answer to its request. That it left the queue for a
    /// hold it is told here as well: if the answer is lost, it may hear of a start before and not ask again.</param>
    public void Add(long sequence, FlavorEffects effects, RunKey? told)
    {
        lock (gate)
        {
            foreach (var fact in effects.Runs)
            {
                if ((fact.Run != told || fact.Kind == RunFactKind.Withdrawn) && !setAside.Take(fact))
                    runs.Enqueue(fact);
            }
            foreach (var change in effects.Funding)
            {
                if (!setAside.Take(sequence, change))
                    funding.Enqueue((sequence, change));
            }
        }
        effects.Runs.Clear();
        effects.Funding.Clear();
    }

    /// <summary>The undelivered facts, for a snapshot.</summary>
    public IReadOnlyList<OutboxItem> Export()
    {
        lock (gate)
        {
            var factsOf = setAside.Runs.Concat(runs).ToLookup(fact => fact.Sequence);
            var changesOf = setAside.Funding.Concat(funding).ToLookup(item => item.Sequence, item => item.Change);
            var sequences = factsOf.Select(facts => facts.Key).Union(changesOf.Select(changes => changes.Key)).Order();
            return [.. sequences.Select(
                sequence => new OutboxItem(sequence, [.. factsOf[sequence]], [.. changesOf[sequence]]))];
        }
    }

    /// <summary>The envelopes that are behind, for a snapshot; null if there are none.</summary>
    public IReadOnlyList<OutboxBehind>? ExportBehind()
    {
        lock (gate)
            return setAside.Behind.ToArray() is { Length: > 0 } behind ? behind : null;
    }

    /// <summary>Queues the undelivered facts of a snapshot.</summary>
    public void Import(IEnumerable<OutboxItem> items, IReadOnlyList<OutboxBehind>? behind)
    {
        foreach (var envelope in behind ?? [])
            setAside.Begin(envelope);
        foreach (var item in items)
        {
            foreach (var fact in item.Runs)
                runs.Enqueue(fact);
            foreach (var change in item.Funding)
            {
                if (!setAside.Take(item.Sequence, change))
                    funding.Enqueue((item.Sequence, change));
            }
        }
    }

    /// <summary>The next facts; those of one entry stay together.</summary>
    /// <param name="max">The approximate number of facts.</param>
    public OutboxBatch Peek(int max)
    {
        lock (gate)
        {
            if (IsEmpty)
                return OutboxBatch.Empty;
            var upTo = LastOf(max);
            return new OutboxBatch(upTo, Facts(upTo), Changes(upTo));
        }
    }

    public void Drop(long upTo)
    {
        lock (gate)
        {
            while (runs.TryPeek(out var fact) && fact.Sequence <= upTo)
                runs.Dequeue();
            while (funding.TryPeek(out var item) && item.Sequence <= upTo)
                funding.Dequeue();
        }
    }

    /// <summary>Whether receivers are set aside. Asked after every turn.</summary>
    public bool HasSetAside
    {
        get
        {
            lock (gate)
                return setAside.Receivers.Count > 0;
        }
    }

    /// <summary>The receivers that are set aside.</summary>
    public IReadOnlyList<OutboxReceiver> SetAside
    {
        get
        {
            lock (gate)
                return [.. setAside.Receivers];
        }
    }

    /// <summary>Sets a receiver aside: its queued and future facts are held separately.</summary>
    public void SetAsideReceiver(OutboxReceiver receiver)
    {
        lock (gate)
        {
            setAside.Begin(receiver);
            for (var left = runs.Count; left > 0; left--)
            {
                if (runs.Dequeue() is var fact && !setAside.Take(fact))
                    runs.Enqueue(fact);
            }
            for (var left = funding.Count; left > 0; left--)
            {
                if (funding.Dequeue() is var item && !setAside.Take(item.Sequence, item.Change))
                    funding.Enqueue(item);
            }
        }
    }

    /// <summary>Whether a receiver that is set aside is behind: its facts were dropped.</summary>
    public bool IsBehind(OutboxReceiver receiver)
    {
        lock (gate)
            return setAside.IsBehind(receiver);
    }

    /// <summary>The whole state of an envelope that is behind is about to be sent, as it is now.</summary>
    public void BeginCatchUp(OutboxReceiver receiver)
    {
        lock (gate)
            setAside.BeginCatchUp(receiver);
    }

    /// <summary>The whole state was taken, or not.</summary>
    public void EndCatchUp(OutboxReceiver receiver, bool taken)
    {
        lock (gate)
            setAside.EndCatchUp(receiver, taken);
    }

    /// <summary>The next facts for a receiver that is set aside; empty if none are left.</summary>
    public OutboxBatch PeekSetAside(OutboxReceiver receiver, int max)
    {
        lock (gate)
        {
            var (facts, changes) = setAside.Peek(receiver, max);
            var last = facts is [.., var fact] ? fact.Sequence : 0;
            var upTo = changes is [.., var item] ? Math.Max(last, item.Sequence) : last;
            return new OutboxBatch(upTo, facts, ByEnvelope(changes));
        }
    }

    /// <summary>Drops a batch that was delivered to a receiver that is set aside.</summary>
    public void DropSetAside(OutboxReceiver receiver, OutboxBatch batch)
    {
        lock (gate)
            setAside.Drop(receiver, batch.Runs.Count + batch.Envelopes.Sum(envelope => envelope.Facts.Changes.Count));
    }

    /// <summary>The last entry delivered to all, given the last one delivered to those not set aside.</summary>
    public long HeardUpTo(long upTo)
    {
        lock (gate)
            return Math.Min(upTo, setAside.First - 1 ?? upTo);
    }

    /// <summary>The last entry of a batch: neither queue contributes many more facts than the maximum.</summary>
    private long LastOf(int max)
    {
        var (last, end, left) = (0L, long.MaxValue, max);
        foreach (var fact in runs)
        {
            last = fact.Sequence;
            if (--left == 0)
            {
                end = last;
                break;
            }
        }
        left = max;
        foreach (var (sequence, _) in funding)
        {
            if (sequence >= end)
                break;
            last = Math.Max(last, sequence);
            if (--left == 0)
                return sequence;
        }
        return Math.Min(last, end);
    }

    private List<RunFact> Facts(long upTo)
    {
        var facts = new List<RunFact>();
        foreach (var fact in runs)
        {
            if (fact.Sequence > upTo)
                break;
            facts.Add(fact);
        }
        return facts;
    }

    private (EnvelopeKey, EnvelopeFacts)[] Changes(long upTo) =>
        ByEnvelope(funding.TakeWhile(item => item.Sequence <= upTo));

    private (EnvelopeKey, EnvelopeFacts)[] ByEnvelope(IEnumerable<(long Sequence, FundingChange Change)> items)
    {
        var envelopes = new Dictionary<EnvelopeKey, List<ClaimChange>>();
        foreach (var (sequence, change) in items)
        {
            if (!envelopes.TryGetValue(change.Payer, out var changes))
                envelopes.Add(change.Payer, changes = new List<ClaimChange>(ChangesUsual));
            changes.Add(new ClaimChange(sequence, change.Lease, change.Run, change.Gpus, change.Spare, change.Class,
                change.At, change.Former));
        }
        return [.. envelopes.Select(envelope => (envelope.Key, new EnvelopeFacts(flavor, envelope.Value)))];
    }
}
