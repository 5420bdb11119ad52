namespace Jobtree.Core.Scheduling;

/// <summary>
/// What reclaiming and reserving for the runs of a class depends on; while it is the same, there is nothing more to do
/// for them.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of reservations given up: commitments, slices and places among the
/// reservations; where envelopes have selectors, of all that became of reservations.</param>
/// <param name="Releases">The funding book's count of releases; where envelopes have selectors, of changes.</param>
/// <param name="UnfundedGpus">GPUs that may yield; they grow when a family recalls what it shared.</param>
internal readonly record struct FundingStamp(long Openings, long SliceReleases, long Releases, int UnfundedGpus);
