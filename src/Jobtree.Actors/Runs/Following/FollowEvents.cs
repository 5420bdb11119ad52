namespace Jobtree.Actors.Runs.Following;

/// <summary>What a following run found when it looked at its upstream runs.</summary>
/// <param name="Completed">Whether all of them have completed; the run then asks for admission.</param>
/// <param name="Missing">The names of those that have failed, or were never submitted, and since when.</param>
public sealed record UpstreamStep(bool Completed, IReadOnlyDictionary<string, DateTimeOffset>? Missing = null);

/// <summary>The end of a run whose upstream runs cannot complete in time.</summary>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">The message to show.</param>
public sealed record UpstreamEnd(string Reason, string Message);

/// <summary>What keeps a run from asking for admission, as long as it follows runs that have not completed.</summary>
/// <param name="Missing">The names of the upstream runs that have failed, or were never submitted, and since
/// when.</param>
public sealed record FollowGate(IReadOnlyDictionary<string, DateTimeOffset>? Missing = null)
{
    /// <summary>When the run fails unless something changes; null: never.</summary>
    /// <param name="grace">How long it waits for a missing upstream run.</param>
    public DateTimeOffset? Deadline(TimeSpan grace)
    {
        DateTimeOffset? first = null;
        foreach (var since in Missing?.Values ?? [])
        {
            if (first is null || since < first)
                first = since;
        }
        return first + grace;
    }
}
