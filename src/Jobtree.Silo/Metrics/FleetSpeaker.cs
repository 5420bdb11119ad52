using Orleans.Runtime;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Which silo's metrics page shows the state of the whole fleet: the silo that has been in the cluster longest, so that
/// the choice changes only when it leaves. Each silo decides this by itself.
/// </summary>
internal sealed class FleetSpeaker(ISiloStatusOracle membership)
{
    /// <summary>Whether it is this silo.</summary>
    public bool IsThis => membership.GetApproximateSiloStatuses(onlyActive: true).Keys
        .MinBy(silo => (silo.Generation, silo.ToParsableString()))?.Equals(membership.SiloAddress) == true;
}
