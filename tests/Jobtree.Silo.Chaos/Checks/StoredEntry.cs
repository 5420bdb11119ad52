namespace Jobtree.Silo.Chaos.Checks;

/// <summary>An entry of a journal's stream.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Writer">The nonce of the activation that wrote it.</param>
/// <param name="Payload">The record.</param>
internal readonly record struct StoredEntry(long Sequence, string Writer, ReadOnlyMemory<byte> Payload);
