using Orleans.Configuration;

namespace Jobtree.Silo.Hosting;

/// <summary>How soon the silos of a cluster declare one of them dead.</summary>
internal static class Membership
{
    /// <summary>
    /// Sets the times. A killed silo refuses connections, so probes of it fail at once. With a probe every one to two
    /// seconds (Orleans halves the period while answers are quick) and three missed probes, the other two silos have
    /// voted after four to five seconds. A slow silo still has its connections. Orleans then allows more time, also
    /// when the prober itself is short of CPU, and asks a third silo before it votes. So a garbage collection pause or
    /// a busy machine is not taken for a death. A silo that is wrongly declared dead is fenced by the journals and
    /// restarts.
    /// </summary>
    /// <param name="options">The options.</param>
    public static void Tune(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;
        // Older votes belong to an earlier incident.
        options.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(60);
        // Gossip announces changes at once; the table is reread in case a message was lost.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(15);
        // If all silos were killed at once, nobody is left to vote. An entry that missed three of these updates is
        // stale, and a restarted silo may evict it alone.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        // Stale entries are only detected when the table changes, and a silo that waits to join does not change it: it
        // would wait in vain for silos that died a moment ago. A silo that gives up and restarts does change it, so
        // this limit is just above the age of a stale entry. Exiting also makes the problem visible.
        options.MaxJoinAttemptTime = TimeSpan.FromSeconds(40);
    }
}
