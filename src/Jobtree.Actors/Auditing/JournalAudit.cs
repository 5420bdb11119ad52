using Jobtree.Actors.Runs;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Auditing;

/// <summary>
/// Audits journals, wherever they are kept: every ledger's chain from its first record, every state that it makes,
/// every lottery, and whether runs and leases agree. Whoever reads the store hands the records over, each actor's in
/// order; a report may be asked for whenever all that was written up to some time has been handed over.
/// </summary>
public sealed class JournalAudit
{
    private readonly Dictionary<string, LedgerReplay> ledgers = [];
    private readonly Dictionary<RunKey, RunRecord> runs = [];
    private readonly List<AuditViolation> violations = [];

    /// <summary>The ledgers read, by flavor.</summary>
    public IReadOnlyDictionary<string, LedgerReplay> Ledgers => ledgers;

    /// <summary>The runs read, without what no audit needs.</summary>
    public IReadOnlyDictionary<RunKey, RunRecord> Runs => runs;

    /// <summary>Takes in the next record of a flavor.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="record">Its bytes.</param>
    /// <param name="where">Where it stands, for people.</param>
    public void ReadFlavor(string flavor, ReadOnlySpan<byte> record, string where)
    {
        if (!ledgers.TryGetValue(flavor, out var ledger))
            ledgers.Add(flavor, ledger = new LedgerReplay(flavor));
        ledger.Read(record, where);
    }

    /// <summary>Takes in the next record of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="record">Its bytes.</param>
    /// <param name="where">Where it stands, for people.</param>
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

    /// <summary>Takes in a run's snapshot, in place of all that was read of it so far.</summary>
    /// <param name="run">The run.</param>
    /// <param name="state">The snapshot's bytes; empty: it begins anew, without one.</param>
    /// <param name="where">Where it stands, for people.</param>
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

    /// <summary>Notes what whoever reads the store found broken.</summary>
    /// <param name="violation">What.</param>
    public void Add(AuditViolation violation) => violations.Add(violation);

    /// <summary>What was found, in all that was handed over.</summary>
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
            ledgers.Values.Sum(ledger => ledger.State.Sequence),
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
    /// Whether a run that has heard all that its flavor decided about it says the same. One that has not hears it when
    /// its flavor is next awake, and is not a violation.
    /// </summary>
    private IEnumerable<AuditViolation> RunViolations(RunRecord run)
    {
        if (!ledgers.TryGetValue(run.Spec.Resources.GpuType, out var ledger) || ledger.IsBroken)
            yield break;
        var isRunning = ledger.State.Running.ContainsKey(run.Key);
        if (!ledger.Told.TryGetValue(run.Key, out var last))
        {
            if (run.Phase is RunPhase.Running or RunPhase.Reserved)
                yield return new AuditViolation(
                    6, run.Key.ToString(), $"It is {run.Phase}, but {ledger.State.Flavor} never decided about it.");
            yield break;
        }
        if (run.LastFact < last.Sequence)
            yield break;
        if (run.Phase == RunPhase.Running && !isRunning)
            yield return new AuditViolation(
                6, run.Key.ToString(), $"It runs, but {ledger.State.Flavor} has no lease of it.");
        if (isRunning && run is { IsOver: false, Phase: not RunPhase.Running } && run.IsDecided)
            yield return new AuditViolation(
                6, run.Key.ToString(), $"It is {run.Phase}, but holds leases of {ledger.State.Flavor}.");
        if (run.Phase == RunPhase.Running && run.Attempt != last.Attempt)
            yield return new AuditViolation(12, run.Key.ToString(),
                $"It says that attempt {run.Attempt} runs, but {ledger.State.Flavor} started attempt {last.Attempt}.");
    }

    private static RunRecord Slim(RunRecord run) => run with { Labels = null, TraceParent = null };
}
