using Jobtree.Core.Model;

namespace Jobtree.Manifests;

/// <summary>A document of kind Reservation.</summary>
/// <param name="Reservation">The reservation.</param>
public sealed record ReservationManifest(Reservation Reservation) : Manifest;
