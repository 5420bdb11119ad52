using Jobtree.Core.Model;

namespace Jobtree.Manifests;

/// <summary>A document of kind Lease.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="End">Its end, when it has one.</param>
/// <param name="Class">Its funding class when written; ignored when read, since a class is derived.</param>
public sealed record LeaseManifest(Lease Lease, LeaseEnd? End = null, FundingClass? Class = null) : Manifest;
