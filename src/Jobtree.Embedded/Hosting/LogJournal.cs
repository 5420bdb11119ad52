using Jobtree.Actors.Ports;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// An actor's journal in the one log. The log keeps the order of all actors, so nothing that follows from a record can
/// outlive it: whoever acts on it inside need not wait for the disk. Only what leaves the process waits
/// (<see cref="EmbeddedFleet"/>).
/// </summary>
internal sealed class LogJournal(LogHolder holder, ActorKey actor) : IJournal
{
    private const int KeyLengthUsual = 256;

    public Task Append(long sequence, ReadOnlySpan<byte> record)
    {
        try
        {
            // The key is put together anew: a fleet has more actors than it has appends in flight.
            Span<char> key = stackalloc char[KeyLengthUsual];
            holder.Log.Append(key.TryWrite($"{actor}", out var length) ? key[..length] : actor.ToString(), sequence,
                record);
            return Task.CompletedTask;
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The host is closing and takes nothing more.", closed);
        }
    }
}
