using System.Collections.Concurrent;

namespace Jobtree.Actors.Operations;

/// <summary>
/// The flavors that have lately refused a run because their queue is full. While one is remembered, a new run asks
/// before it writes anything, so that an overload leaves no records behind; otherwise a run does not ask twice.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class FullQueues(TimeProvider time)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, long> refusedAt = new();

    /// <summary>Notes that a flavor refused a run.</summary>
    public void Refused(string flavor) => refusedAt[flavor] = time.GetTimestamp();

    /// <summary>Whether a flavor refused a run lately.</summary>
    public bool MayBeFull(string flavor) => !refusedAt.IsEmpty
        && refusedAt.TryGetValue(flavor, out var at) && time.GetElapsedTime(at) <= AgeMax;
}
