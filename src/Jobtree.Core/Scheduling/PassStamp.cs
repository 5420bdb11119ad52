namespace Jobtree.Core.Scheduling;

/// <summary>What fitting depends on; while it is the same, what did not fit still does not.</summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of slices given up.</param>
internal readonly record struct PassStamp(long Openings, long SliceReleases);
