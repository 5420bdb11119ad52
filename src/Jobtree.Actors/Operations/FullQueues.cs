using System.Collections.Concurrent;

namespace Jobtree.Actors.Operations;

/// <summary>
/// The flavors that recently refused a run because their queue is full. While one is remembered, a new run asks it
/// before writing anything, so that an overload leaves no records. Otherwise a run does not ask twice.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class FullQueues(TimeProvider time)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, long> refusedAt = new();

    /// <summary>Remembers that a flavor refused a run.</summary>
    public void Refused(string flavor) => refusedAt[flavor] = time.GetTimestamp();

    /// <summary>Whether a flavor recently refused a run.</summary>
    public bool MayBeFull(string flavor) => !refusedAt.IsEmpty
        && refusedAt.TryGetValue(flavor, out var at) && time.GetElapsedTime(at) <= AgeMax;
}
