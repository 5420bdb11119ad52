using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>A run as the store has it.</summary>
/// <param name="Key">The run.</param>
/// <param name="Snapshot">Its snapshot's number; 0: there is none.</param>
/// <param name="State">Its snapshot.</param>
/// <param name="Entries">The entries of its stream.</param>
internal sealed record StoredRun(
    RunKey Key, long Snapshot, ReadOnlyMemory<byte> State, IReadOnlyList<StoredEntry> Entries);
