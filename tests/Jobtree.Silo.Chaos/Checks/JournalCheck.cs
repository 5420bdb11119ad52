using Jobtree.Actors.Auditing;
using Jobtree.Actors.Runs;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Silo.Chaos.Load;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>
/// Audits the journals in Redis. It goes on where it stopped, from the first record of every ledger on, so that each
/// round pays for its own records; a history that was changed or lost behind its back no longer fits what follows.
/// </summary>
internal sealed class JournalCheck(IReadOnlyList<string> flavors)
{
    private const int RunsAtOnce = 500;

    /// <summary>How far in the future a decision may be dated: a clock that is wrong by less than 5 s at the start of
    /// its silo is taken as it is.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromSeconds(6);

    /// <summary>How long after its date an entry may be found, beside that: Redis may be slow, and silos be
    /// paused.</summary>
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(60);

    private readonly JournalAudit audit = new();
    private readonly CutWatch cuts = new();
    private readonly Dictionary<string, WriterTrail> trails = flavors.ToDictionary(
        flavor => flavor, _ => new WriterTrail());
    private readonly Dictionary<RunKey, long> lengths = [];
    private readonly Dictionary<string, DateTimeOffset> readAt = [];

    /// <summary>Who wrote each flavor's ledger.</summary>
    public IReadOnlyDictionary<string, WriterTrail> Trails => trails;

    /// <summary>How many entries were read, of all flavors.</summary>
    public long Entries => audit.Ledgers.Values.Sum(ledger => ledger.State.Sequence);

    /// <summary>What became of running runs, and why.</summary>
    public CutWatch Cuts => cuts;

    /// <summary>What was done to running runs, of all flavors.</summary>
    public ActionCounts Actions => audit.Ledgers.Values.Select(ledger => ledger.State.Actions).Aggregate(
        default(ActionCounts), static (sum, more) => sum + more);

    /// <summary>How often promised starts moved later.</summary>
    public long PromiseMoves => audit.Ledgers.Values.Sum(
        ledger => Enum.GetValues<MoveCause>().Sum(ledger.State.PromiseMoves.Of));

    /// <summary>How often an attempt of a run began.</summary>
    public long Attempts => audit.Runs.Values.Sum(run => (long)run.Attempt);

    /// <summary>
    /// Runs that have not heard what their flavor decided about them last, or of which it has not decided yet.
    /// </summary>
    public IReadOnlyList<RunKey> Untold =>
        [.. audit.Runs.Values.Where(run => !run.IsOver
            && (run.IsDecided ? LastTold(run) is { } told && run.LastFact < told.Sequence
                : !Follows(run) && run.Hold is not { IsInQueue: false }))
            .Select(run => run.Key)];

    /// <summary>Where runs that have not ended and their flavors disagree, or clients and runs.</summary>
    /// <param name="book">What clients know.</param>
    public IReadOnlyList<string> Disagreements(RunBook book) =>
        [.. audit.Runs.Values.Where(run => !run.IsOver && audit.Ledgers.ContainsKey(run.Spec.Resources.GpuType))
            .Select(run => RunAgreement.Disagreement(
                run, audit.Ledgers[run.Spec.Resources.GpuType].State, book.Find(run.Key)))
            .OfType<string>()];

    /// <summary>Whether a run waits for something that an idle fleet does not give it.</summary>
    public bool MayStayWaiting(RunRecord run, TimeSpan within) => Follows(run)
        || (audit.Ledgers.GetValueOrDefault(run.Spec.Resources.GpuType)?.State.Queue.Find(run.Key)?.ComesBackAt
            is { } back && back > DateTimeOffset.UtcNow + within);

    /// <summary>What is known of a run, for a message.</summary>
    public string Describe(RunKey run) =>
        Find(run) is { } record
            ? $"{run} ({record.Phase}, {(record.IsDecided ? "decided" : "undecided")}, submitted " +
                $"{record.SubmittedAt:HH:mm:ss.fff}, told up to {record.LastFact} of {LastTold(record)?.Sequence ?? 0})"
            : $"{run} (no journal)";

    /// <summary>How many entries of a flavor were read.</summary>
    public long EntriesOf(string flavor) =>
        audit.Ledgers.TryGetValue(flavor, out var ledger) ? ledger.State.Sequence : 0;

    /// <summary>A run as it was last read; null: it has no journal.</summary>
    public RunRecord? Find(RunKey run) => audit.Runs.GetValueOrDefault(run);

    /// <summary>Reads what the ledgers have gained.</summary>
    public async Task ReadLedgers(Store store)
    {
        foreach (var flavor in flavors)
        {
            var (next, began) = (EntriesOf(flavor) + 1, DateTimeOffset.UtcNow);
            await foreach (var entry in store.Ledger(flavor, next))
            {
                var where = $"{flavor}, entry {entry.Sequence}";
                if (entry.Sequence != next++)
                    audit.Add(new AuditViolation(9, where, $"Entry {next - 1} is missing."));
                if (!trails[flavor].Follow(entry))
                    audit.Add(new AuditViolation(
                        9, where, $"The activation {entry.Writer} wrote after another one had: it was not fenced."));
                audit.ReadFlavor(flavor, entry.Payload.Span, where);
                if (audit.Ledgers[flavor] is not { IsBroken: false } ledger)
                    continue;
                var read = LedgerFormat.Read(entry.Payload.Span, null);
                if (cuts.Follow(read, ledger.State) is { } lost)
                    audit.Add(new AuditViolation(5, where, lost));
                if (read.At > DateTimeOffset.UtcNow + AheadMax
                    || (readAt.TryGetValue(flavor, out var before) && read.At < before - BehindMax))
                    audit.Add(new AuditViolation(9, where, $"It is dated {read.At:O}, was found at "
                        + $"{DateTimeOffset.UtcNow:O}, and was not there at {readAt.GetValueOrDefault(flavor):O}."));
            }
            readAt[flavor] = began;
            if (await store.Last(flavor) is var last && (last?.Sequence ?? 0) < EntriesOf(flavor))
                audit.Add(new AuditViolation(
                    9, flavor,
                    $"The ledger ends with entry {last?.Sequence ?? 0}, and had {EntriesOf(flavor)} before: entries " +
                    $"were lost."));
        }
    }

    /// <summary>Reads some runs anew.</summary>
    public async Task ReadRuns(Store store, IEnumerable<RunKey> runs)
    {
        foreach (var some in runs.Chunk(RunsAtOnce))
        {
            foreach (var stored in await store.Runs(some))
                Read(stored);
        }
    }

    /// <summary>What is broken in all that was read.</summary>
    public IEnumerable<string> Violations() =>
        audit.Report().Violations.Select(
            violation => $"invariant {violation.Invariant}, {violation.Where}: {violation.What}");

    /// <summary>Whether a run waits for others that have not ended.</summary>
    private bool Follows(RunRecord run) =>
        run is { Phase: RunPhase.Waiting, Spec.Follow: { } follow }
        && follow.After.Any(name => Find(new RunKey(run.Key.Namespace, name)) is not { IsOver: true });

    private RunFact? LastTold(RunRecord run) =>
        audit.Ledgers.TryGetValue(run.Spec.Resources.GpuType, out var ledger)
            ? ledger.LastFacts.GetValueOrDefault(run.Key)
            : null;

    private void Read(StoredRun stored)
    {
        var trail = new WriterTrail();
        audit.RestoreRun(stored.Key, stored.State.Span, $"{stored.Key}, snapshot {stored.Snapshot}");
        var last = stored.Snapshot;
        foreach (var entry in stored.Entries)
        {
            var where = $"{stored.Key}, record {entry.Sequence}";
            if (!trail.Follow(entry))
                audit.Add(new AuditViolation(
                    9, where, $"The activation {entry.Writer} wrote after another one had: it was not fenced."));
            if (entry.Sequence <= stored.Snapshot)
                continue;
            if (entry.Sequence != ++last)
                audit.Add(new AuditViolation(9, where, $"Record {last} is missing."));
            var before = Find(stored.Key);
            audit.ReadRun(stored.Key, entry.Payload.Span, where);
            if (before is not null && Find(stored.Key)?.SubmittedAt != before.SubmittedAt)
                audit.Add(new AuditViolation(
                    12, where, "The run was submitted a second time, though its one submission has one operation id."));
        }
        if (lengths.TryGetValue(stored.Key, out var known) && last < known)
            audit.Add(new AuditViolation(9, stored.Key.ToString(),
                $"Its journal ends with record {last}, and had {known} before: records were lost."));
        lengths[stored.Key] = last;
    }
}
