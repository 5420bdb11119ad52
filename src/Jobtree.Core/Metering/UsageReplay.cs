using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Metering;

/// <summary>
/// Meters the past: replays a flavor's ledger and sums what each claim used in an interval, class by class. Classes
/// change only at entries, window boundaries included, so the sums are exact: adjoining intervals add up to the whole.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="from">The first instant that counts.</param>
/// <param name="to">The first instant that does not count any more.</param>
public sealed class UsageReplay(string flavor, DateTimeOffset from, DateTimeOffset to)
{
    private readonly FlavorEffects effects = new();
    private readonly SharedText texts = new();
    private readonly Dictionary<long, OpenClaim> open = [];
    private readonly Dictionary<ClaimTotals.Key, ClaimTotals> totals = [];
    private readonly List<long> ending = [];

    /// <summary>The state after the last entry read.</summary>
    public FlavorState State { get; } = new(flavor);

    /// <summary>Whether all that concerns the interval has been read: a later entry changes nothing.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What was used, in no particular order.</summary>
    public IEnumerable<ClaimTotals> Totals => totals.Values;

    /// <summary>Begins at a snapshot instead of the first entry.</summary>
    /// <param name="snapshot">The state, of an instant not after the interval's begin.</param>
    public void Begin(FlavorSnapshot snapshot)
    {
        State.Restore(snapshot);
        foreach (var run in State.Running.Values)
        {
            foreach (var lease in run.Leases)
                Open(run, lease, snapshot.At);
        }
    }

    /// <summary>Reads the next entry.</summary>
    /// <param name="record">The entry's bytes.</param>
    /// <exception cref="InvalidOperationException">The entry does not follow from the one before.</exception>
    public void Read(ReadOnlySpan<byte> record)
    {
        var entry = LedgerFormat.Read(record, texts);
        if (entry.At >= to)
            IsComplete = true;
        else
            Read(entry, HashChain.Link(record));
    }

    /// <summary>
    /// Ends the replay: the claims that are open go on to the end of the interval, and classes change where windows
    /// open or close on the way.
    /// </summary>
    public void Finish()
    {
        while (State.Funding.NextBoundary(State.At) is { } boundary && boundary < to)
            Read(new LedgerEntry { Sequence = State.Sequence + 1, Previous = State.Head, At = boundary }, State.Head);
        foreach (var claim in open.Values)
            Meter(claim, to);
        IsComplete = true;
    }

    private void Read(LedgerEntry entry, string link)
    {
        NoteEnds(entry);
        var next = State.NextLease;
        State.Apply(entry, link, effects);
        foreach (var lease in ending)
            Close(lease, entry);
        ending.Clear();
        Note(entry.Open, next);
        for (var i = 0; i < entry.Swap?.Count; i++)
            Note(entry.Swap[i], next);
        foreach (var change in effects.Funding)
        {
            if (change.Former is not null)
                ChangeOwner(change.Payer, entry.At);
            else if (open.TryGetValue(change.Lease, out var claim))
                Change(claim, change.Class is null ? null : change.Payer, change.Class ?? FundingClass.Unfunded,
                    entry.At);
        }
        effects.Funding.Clear();
        effects.Runs.Clear();
    }

    private void NoteEnds(LedgerEntry entry)
    {
        for (var i = 0; i < entry.End?.Count; i++)
            ending.Add(entry.End[i].Lease);
        for (var i = 0; i < entry.Close?.Count; i++)
        {
            if (!State.Running.TryGetValue(entry.Close[i].Run, out var run))
                continue;
            foreach (var lease in run.OpenLeases)
                ending.Add(lease.Id);
        }
    }

    private void Close(long lease, LedgerEntry entry)
    {
        if (!open.Remove(lease, out var claim))
            return;
        Meter(claim, entry.End?.FirstOrDefault(end => end.Lease == lease)?.At ?? entry.At);
    }

    private void Note(Opening? opening, long next)
    {
        if (opening is null || !State.Running.TryGetValue(opening.Starts(), out var run))
            return;
        foreach (var lease in run.OpenLeases)
        {
            if (lease.Id >= next && !open.ContainsKey(lease.Id))
                Open(run, lease, lease.Start);
        }
    }

    private void Open(RunningRun run, Lease lease, DateTimeOffset since) => open.Add(lease.Id, new OpenClaim(
        lease.Run, run.Demand.Owner, lease.Gpus())
    {
        Payer = State.Funding.IsCharged(lease.Id) ? lease.Payer : null,
        PayerOwner = State.Funding.IsCharged(lease.Id) ? State.Funding.OwnerOf(lease.Payer!.Value) : null,
        Class = State.Funding.ClaimOf(lease.Id).Class,
        Since = since,
    });

    private void Change(OpenClaim claim, EnvelopeKey? payer, FundingClass now, DateTimeOffset at)
    {
        if (claim.Class == now && claim.Payer == payer)
            return;
        Meter(claim, at);
        (claim.Payer, claim.Class) = (payer, now);
        claim.PayerOwner = payer is { } charged ? State.Funding.OwnerOf(charged) : null;
    }

    /// <summary>The budget of an envelope has gone to another owner, with the claims on it.</summary>
    private void ChangeOwner(EnvelopeKey payer, DateTimeOffset at)
    {
        foreach (var claim in open.Values.Where(claim => claim.Payer == payer))
        {
            Meter(claim, at);
            claim.PayerOwner = State.Funding.OwnerOf(payer);
        }
    }

    /// <summary>Adds what a claim used since it was last metered, as far as that is in the interval.</summary>
    private void Meter(OpenClaim claim, DateTimeOffset until)
    {
        var (begin, end) = (claim.Since > from ? claim.Since : from, until < to ? until : to);
        claim.Since = until;
        if (begin >= end)
            return;
        var key = new ClaimTotals.Key(claim.Payer, claim.PayerOwner, claim.Run);
        if (!totals.TryGetValue(key, out var total))
            totals.Add(key, total = new ClaimTotals(claim.Payer, claim.PayerOwner, claim.Run, claim.Owner));
        total.Add(claim.Class, (Int128)claim.Gpus * (end - begin).Ticks);
    }

    private sealed class OpenClaim(RunKey run, string owner, int gpus)
    {
        public RunKey Run => run;

        public string Owner => owner;

        public int Gpus => gpus;

        public EnvelopeKey? Payer { get; set; }

        public string? PayerOwner { get; set; }

        public FundingClass Class { get; set; }

        public DateTimeOffset Since { get; set; }
    }
}
