using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>A run changed.</summary>
/// <param name="Version">Orders the changes of the whole fleet.</param>
/// <param name="Run">The run after the change, without funding and forecasts.</param>
public sealed record RunChange(long Version, RunManifest Run);
