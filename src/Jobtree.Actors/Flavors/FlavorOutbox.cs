using Jobtree.Actors.Envelopes;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// What a flavor has to tell, until it is delivered. It needs no journal of its own: its contents follow from the
/// ledger, and after a restart everything since the snapshot is told again to receivers that ignore what they have
/// seen. It is read and emptied beside the flavor's turns.
/// </summary>
internal sealed class FlavorOutbox(string flavor)
{
    private const int GatheredMax = 1024;
    private const int ChangesUsual = 32;

    private readonly Lock gate = new();
    private readonly Queue<RunFact> runs = new();
    private readonly Queue<(long Sequence, FundingChange Change)> funding = new();
    private readonly SetAsideFacts setAside = new();

    /// <summary>Whether there is nothing to tell.</summary>
    public bool IsEmpty => runs.Count == 0 && funding.Count == 0;

    /// <summary>
    /// Whether a run is to be told something, or much has gathered: envelopes only meter, and can wait a little.
    /// </summary>
    public bool IsUrgent => runs.Count > 0 || funding.Count >= GatheredMax;

    /// <summary>Takes what follows from one entry, and empties it.</summary>
    /// <param name="sequence">The entry's number.</param>
    /// <param name="effects">What follows from it.</param>
    /// <param name="told">The run that hears of it as the answer to its request.</param>
    public void Add(long sequence, FlavorEffects effects, RunKey? told)
    {
        lock (gate)
        {
            foreach (var fact in effects.Runs)
            {
                if (fact.Run != told && !setAside.Take(fact))
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

    /// <summary>What is still to be told, for a snapshot.</summary>
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

    /// <summary>Takes over what a snapshot had still to tell.</summary>
    public void Import(IEnumerable<OutboxItem> items)
    {
        foreach (var item in items)
        {
            foreach (var fact in item.Runs)
                runs.Enqueue(fact);
            foreach (var change in item.Funding)
                funding.Enqueue((item.Sequence, change));
        }
    }

    /// <summary>The next facts, those of an entry always together.</summary>
    /// <param name="max">About how many.</param>
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

    /// <summary>The receivers that were set aside.</summary>
    public IReadOnlyList<OutboxReceiver> SetAside
    {
        get
        {
            lock (gate)
                return [.. setAside.Receivers];
        }
    }

    /// <summary>Keeps the facts for a receiver apart from now on, those that are here already among them.</summary>
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

    /// <summary>The next facts for a receiver that was set aside; empty: it has heard all.</summary>
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

    /// <summary>Drops a batch that a receiver that was set aside has heard.</summary>
    public void DropSetAside(OutboxReceiver receiver, OutboxBatch batch)
    {
        lock (gate)
            setAside.Drop(receiver, batch.Runs.Count + batch.Envelopes.Sum(envelope => envelope.Facts.Changes.Count));
    }

    /// <summary>Up to which entry everybody has heard everything, when all others have heard up to one.</summary>
    public long HeardUpTo(long upTo)
    {
        lock (gate)
            return Math.Min(upTo, setAside.First - 1 ?? upTo);
    }

    /// <summary>The entry with which a batch ends: neither queue gives much more than so many facts.</summary>
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
                change.At));
        }
        return [.. envelopes.Select(envelope => (envelope.Key, new EnvelopeFacts(flavor, envelope.Value)))];
    }
}
