namespace Jobtree.Core.Scheduling;

/// <summary>
/// What placing the runs of a class depended on when they were last found not to fit; while it is the same, they still
/// do not. Where neither kept slices nor selectors of envelopes had a say, only openings of the fleet count.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of slices given up; absent: they had no say.</param>
/// <param name="FundingChanges">The funding book's count of changes; absent: it had no say.</param>
internal readonly record struct PassStamp(long Openings, long? SliceReleases, long? FundingChanges)
{
    /// <summary>Whether what did not fit at this stamp still does not.</summary>
    /// <param name="present">The stamp of the present, complete.</param>
    public bool Holds(PassStamp present) =>
        Openings == present.Openings && (SliceReleases is null || this == present);
}
