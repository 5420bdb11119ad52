namespace Jobtree.Actors.Ports;

/// <summary>Where an actor writes its decisions before they are delivered.</summary>
public interface IJournal
{
    /// <summary>
    /// Appends the actor's next record. The call accepts the record at once, so that the actor may build on it. Others
    /// may learn of it when the returned task completes. An actor's tasks complete in the order of its records.
    /// </summary>
    /// <param name="sequence">The record's number, one more than the last. A second append at the same number by
    /// another writer is refused.</param>
    /// <param name="record">The record; copied before the call returns.</param>
    /// <returns>
    /// Completes when anyone who sees effects of the record can rely on its durability; on a totally ordered log that
    /// is at once. Fails with an <see cref="IOException"/> if the record was refused or its fate is unknown: the
    /// actor's state in memory is then invalid.
    /// </returns>
    /// <exception cref="IOException">The journal accepts no record now. Nothing has happened, and the actor's state is
    /// still valid.</exception>
    Task Append(long sequence, ReadOnlySpan<byte> record);

    /// <summary>
    /// Marks the facts of the records up to this one as delivered. The mark is written with the next write, or lost:
    /// the facts are then delivered again, to receivers that have seen them.
    /// </summary>
    /// <param name="sequence">The record's number.</param>
    void MarkDelivered(long sequence)
    {
    }
}

/// <summary>Stores nothing, for state files, simulation and benchmarks.</summary>
public sealed class NoJournal : IJournal
{
    private NoJournal()
    {
    }

    /// <summary>The single instance.</summary>
    public static NoJournal Instance { get; } = new();

    /// <inheritdoc/>
    public Task Append(long sequence, ReadOnlySpan<byte> record) => Task.CompletedTask;
}

/// <summary>
/// The journal accepted a record that the actor could not apply, so its state in memory has diverged from the journal.
/// The activation ends, and the next one rebuilds the state from the journal.
/// </summary>
/// <param name="actor">The actor.</param>
/// <param name="sequence">The record's number.</param>
/// <param name="cause">Why it could not be applied.</param>
public sealed class StateDivergedException(ActorKey actor, long sequence, Exception cause) : IOException(
    $"Record {sequence} of {actor} is in its journal and could not be applied; the actor is rebuilt from its journal.",
    cause);
