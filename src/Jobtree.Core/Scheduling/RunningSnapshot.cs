using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A run with leases, as a snapshot keeps it.</summary>
/// <param name="Demand">What it asked for.</param>
/// <param name="StartedAt">When its leases began.</param>
/// <param name="ExpectedEnd">When it is expected to end.</param>
/// <param name="Leases">Its leases in order of number.</param>
/// <param name="Metered">GPU-seconds by class up to the last change of each claim.</param>
/// <param name="Claims">The class of each lease's claim, and since when, in the order of the leases.</param>
public sealed record RunningSnapshot(
    Demand Demand, DateTimeOffset StartedAt, DateTimeOffset ExpectedEnd, IReadOnlyList<Lease> Leases,
        ClassSplit Metered, IReadOnlyList<ClaimSnapshot> Claims);
