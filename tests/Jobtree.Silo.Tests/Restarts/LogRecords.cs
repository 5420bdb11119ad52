using Jobtree.Actors.Ports;
using Jobtree.Journal;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>A record of a log: whose it is, its number, its bytes, and where it stands.</summary>
internal sealed record LogRecord(ActorKey Actor, long Sequence, byte[] Payload, JournalPosition At);

/// <summary>The records of a log in their order, and logs written anew from them.</summary>
internal sealed class LogRecords : IJournalReader
{
    private readonly List<LogRecord> all = [];

    /// <param name="data">The data folder of a host that has ended.</param>
    public static IReadOnlyList<LogRecord> Of(string data)
    {
        var records = new LogRecords();
        JournalScan.Read(Path.Combine(data, "journal"), records);
        return records.all;
    }

    /// <summary>Writes a log of these records with every checksum right, and gives them as they stand there.</summary>
    public static async Task<IReadOnlyList<LogRecord>> Write(string data, IEnumerable<LogRecord> records)
    {
        var options = new JournalOptions { Folder = Path.Combine(data, "journal"), Durable = false };
        await using (var log = JournalLog.Open(options, new LogRecords()))
        {
            foreach (var record in records)
                log.Append(record.Actor.ToString(), record.Sequence, record.Payload);
        }
        return Of(data);
    }

    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        // A scan reads every record from the first; the states add nothing.
    }

    public void Forget(JournalActor actor, long sequence)
    {
    }

    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
        all.Add(new LogRecord(ActorKey.Parse(actor.Key), sequence, payload.ToArray(), at));
}
