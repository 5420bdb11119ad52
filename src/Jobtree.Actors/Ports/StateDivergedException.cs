namespace Jobtree.Actors.Ports;

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
