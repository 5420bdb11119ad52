using Jobtree.Grains.Journals;
using Jobtree.Silo.Clocks;
using Orleans.Runtime;

namespace Jobtree.Silo.Hosting;

/// <summary>Whether this silo can be asked, and whether it must be started again.</summary>
internal sealed class SiloHealth(ISiloStatusOracle membership, IActorJournals journals, LedgerClock clock)
{
    private volatile bool isDraining;

    /// <summary>Why requests should go elsewhere; null: they may come here.</summary>
    public string? NotReadyBecause =>
        isDraining ? "This silo is stopping; ask another."
        : membership.CurrentStatus != SiloStatus.Active
            ? $"This silo is {Word(membership.CurrentStatus)}, not an active member of its cluster."
        : journals.AwayBecause ?? clock.Disagreement;

    /// <summary>
    /// Why only a new process can help; null: this one goes on. It asks nothing outside the process: a store that is
    /// away, or neighbours that cannot be reached, would otherwise have every silo killed at the very time when the
    /// cluster needs them.
    /// </summary>
    public string? NotAliveBecause =>
        membership.CurrentStatus == SiloStatus.Dead
            ? "The cluster has declared this silo dead; it does nothing any more." : null;

    /// <summary>From now on the silo says that it is not ready.</summary>
    public void Drain() => isDraining = true;

    private static string Word(SiloStatus status) => status switch
    {
        SiloStatus.Created or SiloStatus.Joining => "starting",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "stopping",
        SiloStatus.Dead => "dead",
        _ => "unknown to its cluster",
    };
}
