using Jobtree.Actors.Flavors;
using Jobtree.Actors.Runs;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Auditing;

/// <summary>
/// Audits journals from any store: every ledger's chain from its first record or a snapshot, every state it produces,
/// every lottery, and whether runs and leases agree. The store's reader passes in each actor's records in order. A
/// report may be requested once everything written up to some time has been passed in.
/// </summary>
public sealed class JournalAudit
{
    private readonly Dictionary<string, LedgerReplay> ledgers = [];
    private readonly Dictionary<RunKey, RunRecord> runs = [];
    private readonly List<AuditViolation> violations = [];

    /// <summary>The replayed ledgers, by flavor.</summary>
    public IReadOnlyDictionary<string, LedgerReplay> Ledgers => ledgers;

    /// <summary>The runs read, without the parts that no audit needs.</summary>
    public IReadOnlyDictionary<RunKey, RunRecord> Runs => runs;

    /// <summary>Reads the next record of a flavor.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="record">The record's bytes.</param>
    /// <param name="where">The record's location, for people.</param>
    public void ReadFlavor(string flavor, ReadOnlySpan<byte> record, string where)
    {
        if (!ledgers.TryGetValue(flavor, out var ledger))
            ledgers.Add(flavor, ledger = new LedgerReplay(flavor));
        ledger.Read(record, where);
    }

    /// <summary>Begins the ledger of a flavor at a snapshot, which vouches for the entries before it.</summary>
    /// <param name="flavor">The flavor, of which nothing was read.</param>
    /// <param name="state">The snapshot's bytes.</param>
    /// <param name="where">The snapshot's location, for people.</param>
    public void RestoreFlavor(string flavor, ReadOnlySpan<byte> state, string where)
    {
        try
        {
            var (saved, ledger) = (FlavorSnapshotReader.Read(state), new LedgerReplay(flavor));
            ledger.Begin(saved.State, saved.Undelivered.SelectMany(item => item.Runs));
            ledgers.Add(flavor, ledger);
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            Add(new AuditViolation(9, where, $"The snapshot of {flavor} cannot be read: {broken.Message}"));
        }
    }

    /// <summary>Reads the next record of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="record">The record's bytes.</param>
    /// <param name="where">The record's location, for people.</param>
    public void ReadRun(RunKey run, ReadOnlySpan<byte> record, string where)
    {
        try
        {
            runs[run] = Slim(RunJournal.Apply(run, runs.GetValueOrDefault(run), record));
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            Add(new AuditViolation(9, where, $"The journal of {run} cannot be followed: {broken.Message}"));
        }
    }

    /// <summary>Restores a run's snapshot, which replaces all that was read of the run so far.</summary>
    /// <param name="run">The run.</param>
    /// <param name="state">The snapshot's bytes; empty if the run starts over without one.</param>
    /// <param name="where">The snapshot's location, for people.</param>
    public void RestoreRun(RunKey run, ReadOnlySpan<byte> state, string where)
    {
        runs.Remove(run);
        if (state.IsEmpty)
            return;
        try
        {
            runs[run] = Slim(RunJournal.Restore(run, state));
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            Add(new AuditViolation(9, where, $"The snapshot of {run} cannot be read: {broken.Message}"));
        }
    }

    /// <summary>
    /// Restores a run whose state was kept elsewhere for a while. If the run's records were read, it must be the state
    /// that they led to.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="state">The state's bytes.</param>
    /// <param name="where">The state's location, for people.</param>
    public void RestoreForgotten(RunKey run, ReadOnlySpan<byte> state, string where)
    {
        var before = runs.GetValueOrDefault(run);
        RestoreRun(run, state, where);
        if (before is not null && runs.TryGetValue(run, out var restored)
            && (restored.Phase, restored.Attempt, restored.LastFact) != (before.Phase, before.Attempt, before.LastFact))
            Add(new AuditViolation(9, where,
                $"{run} was restored as {restored.Phase}, attempt {restored.Attempt}, told up to entry " +
                $"{restored.LastFact}, but was {before.Phase}, attempt {before.Attempt}, told up to " +
                $"{before.LastFact}."));
    }

    /// <summary>Adds a violation that the store's reader found.</summary>
    /// <param name="violation">The violation.</param>
    public void Add(AuditViolation violation) => violations.Add(violation);

    /// <summary>The findings for all records passed in.</summary>
    public AuditReport Report()
    {
        var found = new List<AuditViolation>(violations);
        foreach (var ledger in ledgers.Values)
        {
            found.AddRange(ledger.Violations);
            if (ledger.IsBroken)
                continue;
            found.AddRange(StateAudit.Check(ledger.State));
            found.AddRange(ledger.State.Running.Keys.Order().Select(run => HolderViolation(ledger, run))
                .OfType<AuditViolation>());
        }
        found.AddRange(runs.Values.OrderBy(run => run.Key).SelectMany(RunViolations));
        return new AuditReport(
            ledgers.Values.Sum(ledger => ledger.Entries),
            ledgers.Values.Sum(ledger => ledger.Leases),
            ledgers.OrderBy(ledger => ledger.Key, StringComparer.Ordinal).ToDictionary(
                ledger => ledger.Key, ledger => HashChain.ToHex(ledger.Value.State.Head)),
            found);
    }

    private AuditViolation? HolderViolation(LedgerReplay ledger, RunKey run)
    {
        if (!runs.TryGetValue(run, out var record))
            return new AuditViolation(
                12, run.ToString(), $"It holds leases of {ledger.State.Flavor}, but was never submitted.");
        return record.IsOver ? new AuditViolation(
            6, run.ToString(), $"It is {record.Phase}, but holds leases of {ledger.State.Flavor}.") : null;
    }

    /// <summary>
    /// Checks that a run agrees with its flavor once it has received all the flavor's facts. A run that has not will
    /// receive them when the flavor is next active, so it is no violation. Facts from before a snapshot at which the
    /// ledger begins were received, except those that the snapshot holds as undelivered.
    /// </summary>
    private IEnumerable<AuditViolation> RunViolations(RunRecord run)
    {
        if (!ledgers.TryGetValue(run.Spec.Resources.GpuType, out var ledger) || ledger.IsBroken)
            yield break;
        var isRunning = ledger.State.Running.ContainsKey(run.Key);
        var last = ledger.LastFacts.GetValueOrDefault(run.Key);
        if (last is null && ledger.Before == 0)
        {
            if (run.Phase is RunPhase.Running or RunPhase.Reserved)
                yield return new AuditViolation(
                    6, run.Key.ToString(), $"It is {run.Phase}, but {ledger.State.Flavor} never decided about it.");
            yield break;
        }
        if (run.LastFact < last?.Sequence)
            yield break;
        if (run.Phase == RunPhase.Running && !isRunning)
            yield return new AuditViolation(
                6, run.Key.ToString(), $"It runs, but {ledger.State.Flavor} has no lease of it.");
        if (isRunning && run is { IsOver: false, Phase: not RunPhase.Running } && run.IsDecided)
            yield return new AuditViolation(
                6, run.Key.ToString(), $"It is {run.Phase}, but holds leases of {ledger.State.Flavor}.");
        if (run.Phase == RunPhase.Running && last is not null && run.Attempt != last.Attempt)
            yield return new AuditViolation(12, run.Key.ToString(),
                $"It says that attempt {run.Attempt} runs, but {ledger.State.Flavor} started attempt {last.Attempt}.");
    }

    private static RunRecord Slim(RunRecord run) => run with { Labels = null, TraceParent = null };
}
