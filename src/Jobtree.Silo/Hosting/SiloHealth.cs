using Jobtree.Grains.Journals;
using Jobtree.Silo.Clocks;
using Jobtree.Silo.Hosting.Links;
using Orleans.Runtime;

namespace Jobtree.Silo.Hosting;

/// <summary>Whether this silo is ready for requests, and whether it must be restarted.</summary>
internal sealed class SiloHealth(
    ISiloStatusOracle membership, IActorJournals journals, LedgerClock clock, Canary canary,
    LinkWatch? links = null)
{
    private volatile bool isDraining;

    /// <summary>Why requests should go elsewhere; null: the silo is ready.</summary>
    public string? NotReadyBecause =>
        isDraining ? "This silo is stopping; ask another."
        : membership.CurrentStatus != SiloStatus.Active
            ? $"This silo is {Word(membership.CurrentStatus)}, not an active member of its cluster."
        : journals.AwayBecause ?? clock.Disagreement ?? canary.NotAnsweredBecause;

    /// <summary>
    /// Why only a restart can help; null: the silo is alive. Checks nothing outside the process: otherwise an outage of
    /// the store or the network would have every silo killed just when the cluster needs them. Whoever leaves for a
    /// broken link is one that the cluster has chosen.
    /// </summary>
    public string? NotAliveBecause =>
        membership.CurrentStatus == SiloStatus.Dead
            ? "The cluster has declared this silo dead; it does nothing any more." : links?.LeavesBecause;

    /// <summary>Makes the silo report that it is not ready.</summary>
    public void Drain() => isDraining = true;

    private static string Word(SiloStatus status) => status switch
    {
        SiloStatus.Created or SiloStatus.Joining => "starting",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "stopping",
        SiloStatus.Dead => "dead",
        _ => "unknown to its cluster",
    };
}
