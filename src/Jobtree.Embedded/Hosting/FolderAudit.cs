using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Embedded.Journal;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// Audits a data folder from the first record of its journal: every ledger's chain, every state that it makes, every lottery, and whether runs and leases agree. It changes
/// nothing, and works beside a live host on what was written so far.
/// </summary>
public sealed class FolderAudit : IJournalReader
{
    private readonly Dictionary<string, LedgerReplay> ledgers = [];
    private readonly Dictionary<RunKey, RunRecord> runs = [];
    private readonly List<AuditViolation> violations = [];

    private FolderAudit()
    {
    }

    /// <summary>Audits a folder.</summary>
    /// <param name="folder">The data folder of a host.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="DirectoryNotFoundException">There is no journal.</exception>
    public static AuditReport Run(string folder, CancellationToken cancellation = default)
    {
        var journal = Path.Combine(folder, "journal");
        if (!Directory.Exists(journal))
            throw new DirectoryNotFoundException($"There is no journal in {folder}: {journal} does not exist.");
        var audit = new FolderAudit();
        try
        {
            JournalScan.Read(journal, audit, cancellation);
        }
        catch (JournalDamagedException damage)
        {
            audit.violations.Add(new AuditViolation(9, $"{damage.File}, offset {damage.Offset}", damage.Message));
        }
        return audit.Finish();
    }

    void IJournalReader.Snapshot(string actor, long sequence, ReadOnlySpan<byte> state)
    {
        // The scan reads every record from the first; states add nothing to them.
    }

    void IJournalReader.Record(string actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
    {
        var where = $"{at.File}, offset {at.Offset}";
        try
        {
            Read(Actors.Ports.ActorKey.Parse(actor), payload, where);
        }
        catch (FormatException unknown)
        {
            violations.Add(new AuditViolation(9, where, unknown.Message));
        }
    }

    private void Read(Actors.Ports.ActorKey key, ReadOnlySpan<byte> payload, string where)
    {
        if (key.Kind == ActorKind.Flavor)
        {
            if (!ledgers.TryGetValue(key.Name, out var ledger))
                ledgers.Add(key.Name, ledger = new LedgerReplay(key.Name));
            ledger.Read(payload, where);
        }
        else if (key.Kind == ActorKind.Run)
        {
            ReadRun(RunKey.Parse(key.Name), payload, where);
        }
    }

    private void ReadRun(RunKey key, ReadOnlySpan<byte> payload, string where)
    {
        try
        {
            runs[key] = RunJournal.Apply(key, runs.GetValueOrDefault(key), payload) with { Labels = null, TraceParent = null };
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            violations.Add(new AuditViolation(9, where, $"The journal of {key} cannot be followed: {broken.Message}"));
        }
    }

    private AuditReport Finish()
    {
        foreach (var ledger in ledgers.Values)
        {
            ledger.Finish();
            violations.AddRange(ledger.Violations);
            if (ledger.IsBroken)
                continue;
            foreach (var run in ledger.State.Running.Keys.Order())
                CheckHolder(ledger, run);
        }
        foreach (var run in runs.Values.OrderBy(run => run.Key))
            CheckRun(run);
        return new AuditReport(
            ledgers.Values.Sum(ledger => ledger.State.Sequence),
            ledgers.Values.Sum(ledger => ledger.Leases),
            ledgers.OrderBy(ledger => ledger.Key, StringComparer.Ordinal).ToDictionary(ledger => ledger.Key, ledger => HashChain.ToHex(ledger.Value.State.Head)),
            violations);
    }

    private void CheckHolder(LedgerReplay ledger, RunKey run)
    {
        if (!runs.TryGetValue(run, out var record))
            violations.Add(new AuditViolation(12, run.ToString(), $"It holds leases of {ledger.State.Flavor}, but was never submitted."));
        else if (record.IsOver)
            violations.Add(new AuditViolation(6, run.ToString(), $"It is {record.Phase}, but holds leases of {ledger.State.Flavor}."));
    }

    /// <summary>Whether a run that has heard all that its flavor decided about it says the same. One that has not hears it at the next start, and is not a violation.</summary>
    private void CheckRun(RunRecord run)
    {
        if (!ledgers.TryGetValue(run.Spec.Resources.GpuType, out var ledger) || ledger.IsBroken)
            return;
        var isRunning = ledger.State.Running.ContainsKey(run.Key);
        if (!ledger.Told.TryGetValue(run.Key, out var last))
        {
            if (run.Phase is RunPhase.Running or RunPhase.Reserved)
                violations.Add(new AuditViolation(6, run.Key.ToString(), $"It is {run.Phase}, but {ledger.State.Flavor} never decided about it."));
            return;
        }
        if (run.LastFact < last.Sequence)
            return;
        if (run.Phase == RunPhase.Running && !isRunning)
            violations.Add(new AuditViolation(6, run.Key.ToString(), $"It runs, but {ledger.State.Flavor} has no lease of it."));
        if (isRunning && run is { IsOver: false, Phase: not RunPhase.Running } && run.IsDecided)
            violations.Add(new AuditViolation(6, run.Key.ToString(), $"It is {run.Phase}, but holds leases of {ledger.State.Flavor}."));
        if (run.Phase == RunPhase.Running && run.Attempt != last.Attempt)
            violations.Add(new AuditViolation(12, run.Key.ToString(), $"It says that attempt {run.Attempt} runs, but {ledger.State.Flavor} started attempt {last.Attempt}."));
    }
}
