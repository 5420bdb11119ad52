using Jobtree.Actors.Local;
using Jobtree.Embedded.Journal;

namespace Jobtree.Embedded.Hosting;

/// <summary>Hands what the log holds to the actors.</summary>
internal sealed class RecoveryReader(LocalFleet fleet) : IJournalReader
{
    public void Snapshot(string actor, long sequence, ReadOnlySpan<byte> state)
    {
        if (sequence > 0)
            fleet.Restore(Actors.Ports.ActorKey.Parse(actor), state);
    }

    public void Record(string actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) => fleet.Replay(Actors.Ports.ActorKey.Parse(actor), payload);
}
