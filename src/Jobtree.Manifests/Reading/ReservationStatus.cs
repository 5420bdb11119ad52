using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>What is kept of a reservation's <c>status</c>.</summary>
internal sealed record ReservationStatus(ReservationState State, int DeficitGPUs);
