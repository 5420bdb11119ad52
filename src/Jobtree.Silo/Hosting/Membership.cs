using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>How soon silos of a cluster take one of them for dead.</summary>
internal static class Membership
{
    /// <summary>
    /// Sets the times. A silo that was killed refuses connections, so its probes fail at once: with a probe every one
    /// to two seconds (Orleans halves the period while answers come quickly) and three of them missed, the two others
    /// have voted after four to five seconds. A silo that is merely slow still has its connections, on which it is
    /// heard; Orleans then gives it longer, as it does when the prober itself is short of processor time, and asks a
    /// third silo before it votes. So neither a pause for garbage nor a busy machine is a death, and whoever is
    /// declared dead wrongly is fenced off by the journals and starts again.
    /// </summary>
    /// <param name="options">The options.</param>
    public static void Tune(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;
        // Votes that are older than this are of another occasion.
        options.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(60);
        // Gossip tells of changes at once; the table is read again in case it did not.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(15);
        // After all were killed at once nobody is left to vote. An entry that missed three of these is stale, and
        // whoever comes back may then evict it alone.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        // Which entries are stale is only looked at when the table changes, and a silo that waits to join changes
        // nothing: it would wait in vain for the dead of a moment ago. One that gives up and is started again does
        // change it, so this is little more than what makes an entry stale. It also says so by ending rather than hang
        // until somebody looks.
        options.MaxJoinAttemptTime = TimeSpan.FromSeconds(40);
    }
}
