using Orleans.Runtime;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Which silo's metrics page tells the state of the whole fleet: the one that has been in the cluster longest, so that
/// it changes only when that one goes. Each silo finds the answer by itself.
/// </summary>
internal sealed class FleetSpeaker(ISiloStatusOracle membership)
{
    /// <summary>Whether it is this one.</summary>
    public bool IsThis => membership.GetApproximateSiloStatuses(onlyActive: true).Keys
        .MinBy(silo => (silo.Generation, silo.ToParsableString()))?.Equals(membership.SiloAddress) == true;
}
