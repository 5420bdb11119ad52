using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Cli.Tests.Fleet;

/// <summary>A short ledger in which a run is drawn and cut for another, which had waited for it.</summary>
internal static class SampleLedger
{
    public const string Flavor = "H100-80GB";

    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly RunKey Night = new("default", "night");
    private static readonly RunKey Spare = new("default", "scan");
    private static readonly RunKey Train = new("default", "train");
    private static readonly EnvelopeKey Payer = new("rai", "h100");
    private static readonly List<LedgerRecord> Records = Write();

    public static LedgerPage Page(long after, int limit) =>
        new([.. Records.Where(record => record.Sequence > after).Take(limit)], 1);

    public static RunEvents EventsOf(RunKey run)
    {
        var history = new RunHistory(run, Flavor);
        foreach (var record in Records)
            history.Read(LedgerFormat.Read(record.Bytes, null));
        return new RunEvents(run, history.Happenings, []);
    }

    public static DrawReport? DrawOf(long sequence) => Records.Find(record => record.Sequence == sequence) is { } found
        ? DrawReport.Of(Flavor, LedgerFormat.Read(found.Bytes, null)) : null;

    private static List<LedgerRecord> Write()
    {
        var records = new List<LedgerRecord>();
        Add(new LedgerEntry { At = Morning, By = "ops", Nodes = [
            new Node { Name = "n1", Flavor = Flavor, Gpus = 8 },
            new Node { Name = "n2", Flavor = Flavor, Gpus = 8 }] });
        Add(new LedgerEntry { At = Morning, By = "ops", Budgets = [new Budget { Name = "rai", Owner = "org:ai:rai",
            Envelopes = [new Envelope { Name = "h100", Flavor = Flavor, Concurrency = 8,
                Start = Morning.AddDays(-60), End = Morning.AddDays(300) }] }] });
        Add(Start(Morning.AddMinutes(1), Night, "org:lab", 1, null, new NodeSlots("n1", 0xff)) with { By = "bob" });
        Add(Start(Morning.AddMinutes(2), Spare, "org:bio", 2, null, new NodeSlots("n2", 0xff)) with { By = "carol" });
        var cut = Morning.AddMinutes(30);
        var seed = HashChain.Seed(Train, cut, HashChain.Link(records[^1].Bytes));
        CutCandidate[] candidates = [new(CutStep.Unfunded, Spare, "org:bio", 8, 8 * 28 * 60),
            new(CutStep.Unfunded, Night, "org:lab", 8, 8 * 29 * 60)];
        // The seed decides which of the two is cut.
        var drawn = new Draw(seed).Below(16) < 8 ? Spare : Night;
        Add(Start(cut, Train, "org:ai:rai", 3, Payer, new NodeSlots(drawn == Night ? "n1" : "n2", 0xff)) with
        {
            By = "alice",
            Close = [new Closing(drawn, LeaseEndReason.ReclaimUnfunded, Requeue: true, seed)],
            Resolution = new Resolution(Train, seed, 8, candidates, [new CutDraw(CutStep.Unfunded, drawn)], []),
        });
        Add(new LedgerEntry { At = Morning.AddHours(2), By = "alice",
            Close = [new Closing(Train, LeaseEndReason.Completed)] });
        return records;

        void Add(LedgerEntry entry)
        {
            var whole = entry with { Sequence = records.Count + 1,
                Previous = records.Count == 0 ? HashChain.Root : HashChain.Link(records[^1].Bytes) };
            var writer = new RecordWriter(stackalloc byte[1024]);
            LedgerFormat.Write(ref writer, whole);
            records.Add(new LedgerRecord(whole.Sequence, writer.Written.ToArray()));
            writer.Dispose();
        }
    }

    private static LedgerEntry Start(
        DateTimeOffset at, RunKey run, string owner, long lease, EnvelopeKey? payer, NodeSlots slots) => new()
    {
        At = at,
        Open = new Opening { Demand = new Demand { Run = run, Owner = owner, Gpus = 8, SubmittedAt = at, Attempt = 1 },
            FirstLease = lease, Leases = [new OpeningLease { Payer = payer, Slots = [slots] }] },
    };
}
