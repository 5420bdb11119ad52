namespace Jobtree.Actors.Runs;

/// <summary>The words on why a run is in its phase, besides the reasons for which leases end.</summary>
internal static class RunReasons
{
    /// <summary>It was submitted, and its flavor has not answered yet.</summary>
    public const string Submitted = "Submitted";

    /// <summary>It waits in the queue of its flavor.</summary>
    public const string InQueue = "InQueue";

    /// <summary>It holds a reservation.</summary>
    public const string Reserved = "Reserved";

    /// <summary>It holds leases.</summary>
    public const string Bound = "Bound";

    /// <summary>It waits for runs that it follows.</summary>
    public const string WaitingForUpstream = "WaitingForUpstream";

    /// <summary>A run that it follows has failed, and was not submitted again in time.</summary>
    public const string UpstreamFailed = "UpstreamFailed";

    /// <summary>A run that it follows has failed or was never submitted, and its grace runs; or, of a run that failed,
    /// was not submitted in time.</summary>
    public const string UpstreamMissing = "UpstreamMissing";

    /// <summary>It follows itself, through other runs.</summary>
    public const string FollowCycle = "FollowCycle";

    /// <summary>It follows more waiting runs than a run may.</summary>
    public const string FollowLimit = "FollowLimit";

    /// <summary>Somebody holds it back.</summary>
    public const string Held = "Held";

    /// <summary>It was cut, and comes back only when it is expected to run for its protected time.</summary>
    public const string CoolingOff = "CoolingOff";
}
