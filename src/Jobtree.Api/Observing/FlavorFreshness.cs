namespace Jobtree.Api.Observing;

/// <summary>When the state of each flavor was last read. Reads may fail for a while, and the metrics tell how
/// many flavors that concerns. Not thread-safe: the host's last assignment is read.</summary>
/// <param name="time">The clock.</param>
internal sealed class FlavorFreshness(TimeProvider time)
{
    private static readonly TimeSpan FreshMax = TimeSpan.FromMinutes(5);

    private readonly long began = time.GetTimestamp();
    private Dictionary<string, long>? readAt;

    /// <summary>All flavors were read.</summary>
    /// <param name="flavors">Their names.</param>
    public void Read(IEnumerable<string> flavors)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref readAt, flavors.ToDictionary(static flavor => flavor, _ => now));
    }

    /// <summary>
    /// The part of the flavors that were last read more than five minutes ago. A host that has never read any has a
    /// fleet that it does not know: all of it is stale after that time.
    /// </summary>
    public double StaleRatio()
    {
        if (Volatile.Read(ref readAt) is not { } known)
            return IsStale(began) ? 1 : 0;
        return known.Count == 0 ? 0 : (double)known.Values.Count(IsStale) / known.Count;
    }

    private bool IsStale(long at) => time.GetElapsedTime(at) > FreshMax;
}
