using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Journal;


namespace Jobtree.Silo.Journals.Disk;

/// <summary>Takes in what the log holds, at the start.</summary>
/// <param name="actors">Receives the actors.</param>
/// <param name="runs">Receives those of them that are runs.</param>
/// <param name="now">When their first records were written is not known any more; it was not after now.</param>
internal sealed class DiskStart(ConcurrentDictionary<ActorKey, DiskActor> actors, RunShards runs, DateTimeOffset now)
    : IJournalReader
{
    /// <summary>
    /// The actor that the last record was of: records of one actor often stand together, and its name is the same
    /// instance.
    /// </summary>
    private (string Name, DiskActor Actor)? latest;

    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        // Of an actor that was asked for, but never wrote.
        if (sequence > 0)
            Find(actor.Key).Restore(sequence, state);
    }

    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
        Find(actor.Key).Replay(sequence, payload);

    private DiskActor Find(string name)
    {
        if (latest is { } before && ReferenceEquals(before.Name, name))
            return before.Actor;
        var key = ActorKey.Parse(name);
        if (!actors.TryGetValue(key, out var actor))
        {
            actor = actors[key] = new DiskActor(key);
            if (key.Kind == ActorKind.Run)
                runs.Enter(key.Name, now);
        }
        latest = (name, actor);
        return actor;
    }
}
