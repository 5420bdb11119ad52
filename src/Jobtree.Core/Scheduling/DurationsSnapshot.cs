namespace Jobtree.Core.Scheduling;

/// <summary>The durations of an owner's past runs.</summary>
/// <param name="Owner">The owner; empty: all.</param>
/// <param name="Durations">Oldest first.</param>
public sealed record DurationsSnapshot(string Owner, IReadOnlyList<TimeSpan> Durations);
