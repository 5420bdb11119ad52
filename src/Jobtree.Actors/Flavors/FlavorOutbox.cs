using Jobtree.Actors.Envelopes;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// What a flavor has to tell, until it is delivered. It needs no journal of its own: its contents follow from the ledger, and after a restart everything since the
/// snapshot is told again to receivers that ignore what they have seen. It is read and emptied beside the flavor's turns.
/// </summary>
internal sealed class FlavorOutbox(string flavor)
{
    private readonly Lock gate = new();
    private readonly Queue<(long Sequence, RunFact[] Runs, FundingChange[] Funding)> pending = new();

    /// <summary>Whether there is something to tell.</summary>
    public bool IsEmpty => pending.Count == 0;

    /// <summary>Takes what follows from one entry, and empties it.</summary>
    /// <param name="sequence">The entry's number.</param>
    /// <param name="effects">What follows from it.</param>
    /// <param name="told">The run that hears of it as the answer to its request.</param>
    public void Add(long sequence, FlavorEffects effects, RunKey? told)
    {
        var runs = effects.Runs.Count == 1 && effects.Runs[0].Run == told ? [] : effects.Runs.Where(fact => fact.Run != told).ToArray();
        if (runs.Length > 0 || effects.Funding.Count > 0)
        {
            lock (gate)
                pending.Enqueue((sequence, runs, [.. effects.Funding]));
        }
        effects.Runs.Clear();
        effects.Funding.Clear();
    }

    /// <summary>What is still to be told, for a snapshot.</summary>
    public IReadOnlyList<OutboxItem> Export()
    {
        lock (gate)
            return [.. pending.Select(item => new OutboxItem(item.Sequence, item.Runs, item.Funding))];
    }

    /// <summary>Takes over what a snapshot had still to tell.</summary>
    public void Import(IEnumerable<OutboxItem> items)
    {
        foreach (var item in items)
            pending.Enqueue((item.Sequence, [.. item.Runs], [.. item.Funding]));
    }

    public OutboxBatch Peek(int max)
    {
        (long Sequence, RunFact[] Runs, FundingChange[] Funding)[] next;
        lock (gate)
            next = [.. pending.Take(max)];
        if (next.Length == 0)
            return OutboxBatch.Empty;
        var upTo = 0L;
        var runs = new List<RunFact>();
        var envelopes = new Dictionary<EnvelopeKey, List<ClaimChange>>();
        foreach (var (sequence, facts, funding) in next)
        {
            upTo = sequence;
            runs.AddRange(facts);
            foreach (var change in funding)
            {
                if (!envelopes.TryGetValue(change.Payer, out var changes))
                    envelopes.Add(change.Payer, changes = []);
                changes.Add(new ClaimChange(sequence, change.Lease, change.Run, change.Gpus, change.Spare, change.Class, change.At));
            }
        }
        return new OutboxBatch(upTo, runs, [.. envelopes.Select(envelope => (envelope.Key, new EnvelopeFacts(flavor, envelope.Value)))]);
    }

    public void Drop(long upTo)
    {
        lock (gate)
        {
            while (pending.TryPeek(out var first) && first.Sequence <= upTo)
                pending.Dequeue();
        }
    }
}
