namespace Jobtree.Actors.Ports;

/// <summary>Where an actor writes its decisions before anyone hears of them.</summary>
public interface IJournal
{
    /// <summary>Appends the next record of the actor.</summary>
    /// <param name="sequence">The record's number, one more than the last: another writer's append at the same number is refused.</param>
    /// <param name="record">The record; copied before the call returns.</param>
    /// <returns>Done when whoever sees what follows from the record can rely on it being kept: on a log in one order that is at once.</returns>
    /// <exception cref="IOException">The journal cannot take the record; nothing that follows from it may leave the actor.</exception>
    ValueTask Append(long sequence, ReadOnlySpan<byte> record);
}
