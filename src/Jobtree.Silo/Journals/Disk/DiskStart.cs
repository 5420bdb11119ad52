using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Journal;


namespace Jobtree.Silo.Journals.Disk;

/// <summary>Recovers the actors and runs from the log, at start.</summary>
/// <param name="actors">Receives all actors.</param>
/// <param name="runs">Receives the runs.</param>
/// <param name="now">Recorded as the time of the first records, which the log does not hold; they are not later than
/// this.</param>
internal sealed class DiskStart(ConcurrentDictionary<ActorKey, DiskActor> actors, RunShards runs, DateTimeOffset now)
    : IJournalReader
{
    /// <summary>
    /// The actor of the last record. Consecutive records often belong to one actor, whose name is then the same
    /// instance.
    /// </summary>
    private (string Name, DiskActor Actor)? latest;

    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        // Sequence 0: an actor that was read but never wrote.
        if (sequence > 0)
            Find(actor.Key).Restore(sequence, state);
    }

    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
        Find(actor.Key).Replay(sequence, payload);

    public void Forget(JournalActor actor, long sequence)
    {
        var key = ActorKey.Parse(actor.Key);
        actors.TryRemove(key, out _);
        runs.Leave(key.Name);
        latest = null;
    }

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
