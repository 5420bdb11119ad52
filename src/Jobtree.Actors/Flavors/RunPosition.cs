using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>Where a run stands in its flavor.</summary>
/// <param name="Funding">Who pays now, and GPU-hours of the present attempt.</param>
/// <param name="Eta">The forecast, while it waits.</param>
/// <param name="Reservation">Its reservation, while it holds one.</param>
/// <param name="Leases">Its open leases.</param>
public sealed record RunPosition(
    RunFundingStatus Funding, RunEta? Eta, Reservation? Reservation, IReadOnlyList<Lease> Leases);
