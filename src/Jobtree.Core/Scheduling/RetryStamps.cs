namespace Jobtree.Core.Scheduling;

/// <summary>
/// What placing the runs of a class depended on when they were last found not to fit. While it is the same, they still
/// do not fit.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of slices given up; null: no reserved slice was in the way.</param>
/// <param name="FundingChanges">The funding book's count of changes; null: no envelope pays in certain places
/// only.</param>
internal readonly record struct PlacementStamp(long Openings, long? SliceReleases, long? FundingChanges)
{
    /// <summary>Whether what did not fit at this stamp still does not.</summary>
    /// <param name="present">The stamp of the present, complete.</param>
    public bool Holds(PlacementStamp present) =>
        Openings == present.Openings && (SliceReleases is null || this == present);
}

/// <summary>
/// What reclaiming and reserving for the runs of a class depends on. While it is the same, there is nothing more to do
/// for them.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of slices given up; where envelopes have selectors, its count of all
/// changes of reservations.</param>
/// <param name="Releases">The funding book's count of releases; where envelopes have selectors, of changes.</param>
/// <param name="UnfundedGpus">GPUs that may yield; they grow when a family recalls what it shared.</param>
internal readonly record struct FundingStamp(long Openings, long SliceReleases, long Releases, int UnfundedGpus);
