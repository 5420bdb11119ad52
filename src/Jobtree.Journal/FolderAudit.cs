using Jobtree.Actors.Auditing;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Journal;

namespace Jobtree.Journal;

/// <summary>
/// Audits a data folder from the first record of its journal: every ledger's hash chain, every state that follows from
/// it, every lottery, and whether runs and leases agree. It changes nothing. Beside a live host it audits what has been
/// written so far.
/// </summary>
public sealed class FolderAudit : IJournalReader
{
    private readonly JournalAudit audit = new();

    private FolderAudit()
    {
    }

    /// <summary>Audits a folder.</summary>
    /// <param name="folder">The data folder of a host.</param>
    /// <param name="cancellation">Cancels the audit.</param>
    /// <exception cref="DirectoryNotFoundException">There is no journal.</exception>
    public static AuditReport Run(string folder, CancellationToken cancellation = default)
    {
        var journal = Path.Combine(folder, "journal");
        if (!Directory.Exists(journal))
            throw new DirectoryNotFoundException($"There is no journal in {folder}: {journal} does not exist.");
        var reader = new FolderAudit();
        try
        {
            JournalScan.Read(journal, reader, cancellation);
        }
        catch (JournalDamagedException damage)
        {
            reader.audit.Add(new AuditViolation(9, $"{damage.File}, offset {damage.Offset}", damage.Message));
        }
        return reader.audit.Report();
    }

    void IJournalReader.Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        // The scan reads every record from the first, so states add nothing.
    }

    void IJournalReader.Forget(JournalActor actor, long sequence)
    {
        // The state that follows from the records is kept, for what is restored must be that state.
    }

    void IJournalReader.Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
    {
        var where = $"{at.File}, offset {at.Offset}";
        try
        {
            Read(Actors.Ports.ActorKey.Parse(actor.Key), payload, where);
        }
        catch (FormatException unknown)
        {
            audit.Add(new AuditViolation(9, where, unknown.Message));
        }
    }

    private void Read(Actors.Ports.ActorKey key, ReadOnlySpan<byte> payload, string where)
    {
        if (key.Kind == ActorKind.Flavor)
            audit.ReadFlavor(key.Name, payload, where);
        else if (key.Kind == ActorKind.Run)
            audit.ReadRun(RunKey.Parse(key.Name), payload, where);
    }
}
