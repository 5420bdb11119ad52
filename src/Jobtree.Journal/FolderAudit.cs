using Jobtree.Actors.Auditing;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Journal;

namespace Jobtree.Journal;

/// <summary>
/// Audits a data folder from the first record of its journal: every ledger's hash chain, every state that follows from
/// it, every lottery, and whether runs and leases agree. If the first segments were moved away, it begins at the oldest
/// kept snapshot. It changes nothing. Beside a live host it audits what has been written so far.
/// </summary>
public sealed class FolderAudit : IJournalReader
{
    private readonly JournalAudit audit = new();
    private readonly JournalFolder files;

    private FolderAudit(JournalFolder files) => this.files = files;

    /// <summary>Audits a folder.</summary>
    /// <param name="folder">The data folder of a host.</param>
    /// <param name="moved">Folders to which segments of its journal were moved.</param>
    /// <param name="cancellation">Cancels the audit.</param>
    /// <exception cref="DirectoryNotFoundException">There is no journal, or no such folder.</exception>
    public static AuditReport Run(
        string folder, IReadOnlyList<string>? moved = null, CancellationToken cancellation = default)
    {
        var journal = Path.Combine(folder, "journal");
        if (!Directory.Exists(journal))
            throw new DirectoryNotFoundException($"There is no journal in {folder}: {journal} does not exist.");
        if (moved?.FirstOrDefault(path => !Directory.Exists(path)) is { } nowhere)
            throw new DirectoryNotFoundException($"There are no segments in {nowhere}: it does not exist.");
        return new FolderAudit(new JournalFolder(journal, moved)).Run(cancellation);
    }

    private AuditReport Run(CancellationToken cancellation)
    {
        string? begins = null;
        try
        {
            var log = KeptLog.Begin(files, this, cancellation);
            begins = Beginning(log);
            foreach (var damage in log.SnapshotsDamaged)
                Add(damage);
            log.Read(cancellation);
        }
        catch (JournalDamagedException damage)
        {
            Add(damage);
        }
        return audit.Report() with { Begins = begins };
    }

    private void Add(JournalDamagedException damage) =>
        audit.Add(new AuditViolation(9, $"{damage.File}, offset {damage.Offset}", damage.Message));

    /// <summary>Says from where a log is read whose first segments are elsewhere.</summary>
    private string? Beginning(KeptLog log)
    {
        if (log.Snapshot?.Header is not { } header)
            return null;
        var away = log.FirstSegment == 2 ? "Segment 1 is" : $"Segments 1 to {log.FirstSegment - 1} are";
        var heads = audit.Ledgers.OrderBy(ledger => ledger.Key, StringComparer.Ordinal).Select(ledger =>
            $"{ledger.Key} up to entry {ledger.Value.State.Sequence}, head {HashChain.ToHex(ledger.Value.State.Head)}");
        return $"{away} elsewhere: the audit begins in segment {header.Number} with record {header.FirstLsn}, and " +
            $"{files.Snapshot(header.Number)} vouches for what is before ({string.Join("; ", heads)}).";
    }

    /// <summary>A state at which the audit begins.</summary>
    void IJournalReader.Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        if (sequence == 0)
            return;
        var where = $"{files.Root}, a snapshot, {actor.Key}";
        if (Key(actor, where) is not { } key)
            return;
        if (key.Kind == ActorKind.Flavor)
            audit.RestoreFlavor(key.Name, state, where);
        else if (key.Kind == ActorKind.Run)
            audit.RestoreRun(RunKey.Parse(key.Name), state, where);
    }

    void IJournalReader.Forget(JournalActor actor, long sequence)
    {
        // What was read is kept, because the state that is restored later must be the same.
    }

    void IJournalReader.Restore(JournalActor actor, long sequence, ReadOnlySpan<byte> state, JournalPosition at)
    {
        var where = $"{at.File}, offset {at.Offset}";
        if (Key(actor, where) is { Kind: ActorKind.Run } run)
            audit.RestoreForgotten(RunKey.Parse(run.Name), state, where);
    }

    void IJournalReader.Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
    {
        var where = $"{at.File}, offset {at.Offset}";
        if (Key(actor, where) is not { } key)
            return;
        if (key.Kind == ActorKind.Flavor)
            audit.ReadFlavor(key.Name, payload, where);
        else if (key.Kind == ActorKind.Run)
            audit.ReadRun(RunKey.Parse(key.Name), payload, where);
    }

    private Actors.Ports.ActorKey? Key(JournalActor actor, string where)
    {
        try
        {
            return Actors.Ports.ActorKey.Parse(actor.Key);
        }
        catch (FormatException unknown)
        {
            audit.Add(new AuditViolation(9, where, unknown.Message));
            return null;
        }
    }
}
