using Jobtree.Core.Contention;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What the scheduler would do with a demand now.</summary>
/// <param name="Cover">Who would pay.</param>
/// <param name="Leases">The leases it would start with. Absent if it does not fit.</param>
/// <param name="Cuts">The runs that would be cut for it.</param>
/// <param name="Ends">Single leases of other runs that would end for it.</param>
/// <param name="Rests">What those runs would keep of such leases, leased anew.</param>
/// <param name="Resolution">The evidence, if anything is cut.</param>
/// <param name="Reservation">The reservation it would get, if it does not fit and is fundable.</param>
public sealed record Proposal(
    Cover Cover, IReadOnlyList<OpeningLease>? Leases, IReadOnlyList<Closing>? Cuts = null,
    IReadOnlyList<LeaseEnd>? Ends = null, IReadOnlyList<Opening>? Rests = null, Resolution? Resolution = null,
    Reservation? Reservation = null);

/// <summary>Why a demand cannot be placed. The first obstacle that applies.</summary>
public enum PlacementObstacle
{
    /// <summary>Nothing: it fits.</summary>
    None,

    /// <summary>The fleet could not hold it even if nothing else ran.</summary>
    FleetTooSmall,

    /// <summary>Fewer GPUs are free than it asks for, on the nodes that its selector allows.</summary>
    ShortOfGpus,

    /// <summary>Enough GPUs are free, but not in the locality it asks for.</summary>
    Fragmented,

    /// <summary>The free GPUs are reserved for others ahead of it, and it would outlast their start.</summary>
    ReservedForOthers,
}
