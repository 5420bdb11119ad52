namespace Jobtree.Execution.Processes;

/// <summary>That an attempt's processes exist, written before any of them may run its command.</summary>
/// <param name="Boot">The boot of the machine they belong to.</param>
/// <param name="Ranks">The processes.</param>
internal sealed record StartedRecord(string Boot, IReadOnlyList<RankRecord> Ranks);
