using Jobtree.Actors.Ports;

namespace Jobtree.Journal;

/// <summary>
/// Reads one actor back from the log that is being written: its newest snapshot and the later records; nothing if it is
/// forgotten. It serves activations that ended without leaving their state, which is rare.
/// </summary>
public sealed class LogReading : IJournalReader
{
    private readonly string name;
    private readonly List<ReadOnlyMemory<byte>> records = [];
    private long snapshotSequence;
    private byte[] snapshot = [];

    private LogReading(string name) => this.name = name;

    /// <summary>Reads an actor's state.</summary>
    /// <param name="folder">The folder of the log.</param>
    /// <param name="name">The actor's name in the log.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="IOException">A required file cannot be read or is damaged.</exception>
    public static RecoveredState Read(string folder, string name, CancellationToken cancellation)
    {
        var files = new JournalFolder(folder);
        foreach (var number in files.Snapshots().Reverse())
        {
            try
            {
                return From(files, number, SnapshotFile.Read(files, number, null, null, cancellation), name,
                    cancellation);
            }
            catch (Exception unusable) when (unusable is JournalDamagedException or FileNotFoundException)
            {
                // An older snapshot also works but takes longer; a newer one may have replaced this one meanwhile.
            }
        }
        return From(files, 1, null, name, cancellation);
    }

    /// <inheritdoc/>
    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        if (actor.Key == name)
            (snapshotSequence, snapshot) = (sequence, state.ToArray());
    }

    /// <inheritdoc/>
    public void Forget(JournalActor actor, long sequence)
    {
        if (actor.Key != name)
            return;
        (snapshotSequence, snapshot) = (0, []);
        records.Clear();
    }

    /// <inheritdoc/>
    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
    {
        if (actor.Key == name)
            records.Add(payload.ToArray());
    }

    private static RecoveredState From(
        JournalFolder files, long segment, SnapshotSummary? summary, string name, CancellationToken cancellation)
    {
        var reading = new LogReading(name);
        var actors = new ActorSequences(int.MaxValue) { FollowsSnapshot = summary is not null };
        if (summary is not null)
            SnapshotFile.Read(files, segment, reading, actors, cancellation);
        new LogWalker(files, actors, reading, cancellation).Walk(summary);
        return new RecoveredState(reading.snapshotSequence, reading.snapshot, reading.records);
    }
}
