namespace Jobtree.Actors.Ports;

/// <summary>Where an actor writes its decisions before anyone hears of them.</summary>
public interface IJournal
{
    /// <summary>
    /// Appends the next record of the actor. The call takes the record in at once, so that the actor may go on from it;
    /// others may hear of it when the returned task is done. Tasks of one actor are done in the order of its records.
    /// </summary>
    /// <param name="sequence">The record's number, one more than the last: another writer's append at the same number
    /// is refused.</param>
    /// <param name="record">The record; copied before the call returns.</param>
    /// <returns>
    /// Done when whoever sees what follows from the record can rely on it being kept: on a log in one order that is at
    /// once. It fails with an <see cref="IOException"/> when the record was refused or its fate is unknown: then the
    /// actor's state in memory is worth nothing any more.
    /// </returns>
    /// <exception cref="IOException">The journal takes no record now: nothing has happened, and the actor's state is as
    /// good as before.</exception>
    Task Append(long sequence, ReadOnlySpan<byte> record);

    /// <summary>
    /// Notes that the facts that follow from the records up to this one have been told. It is written with whatever is
    /// written next, or lost: then they are told again, to receivers that have seen them.
    /// </summary>
    /// <param name="sequence">The record's number.</param>
    void MarkDelivered(long sequence)
    {
    }
}

/// <summary>Keeps nothing: for state files, simulation and benches.</summary>
public sealed class NoJournal : IJournal
{
    private NoJournal()
    {
    }

    /// <summary>The one there is.</summary>
    public static NoJournal Instance { get; } = new();

    /// <inheritdoc/>
    public Task Append(long sequence, ReadOnlySpan<byte> record) => Task.CompletedTask;
}

/// <summary>
/// The journal took a record that the actor could not apply: its state in memory is not the journal's any more. The
/// activation ends, and the next one rebuilds the state from the journal.
/// </summary>
/// <param name="actor">The actor.</param>
/// <param name="sequence">The record's number.</param>
/// <param name="cause">Why it could not be applied.</param>
public sealed class StateDivergedException(ActorKey actor, long sequence, Exception cause) : IOException(
    $"Record {sequence} of {actor} is in its journal and could not be applied; the actor is rebuilt from its journal.",
    cause);
