namespace Jobtree.Actors.Tests.Fleets;

/// <summary>What happens to a fleet after each step of a test.</summary>
public enum Restarts
{
    /// <summary>Nothing.</summary>
    Never,

    /// <summary>It is thrown away and built again from all journals.</summary>
    FromJournals,

    /// <summary>
    /// It is thrown away and built again from the snapshots taken before the step and the records of the step.
    /// </summary>
    FromSnapshots,
}
