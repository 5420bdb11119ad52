using Jobtree.Actors.Runs;

namespace Jobtree.Grains.Contracts;

/// <summary>A run of a shard changed.</summary>
/// <param name="Version">When, in microseconds of the shard's clock, later than any before.</param>
/// <param name="Run">The run after the change.</param>
public sealed record ShardChange(long Version, RunRecord Run);
