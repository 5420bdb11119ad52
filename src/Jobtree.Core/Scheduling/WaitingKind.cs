namespace Jobtree.Core.Scheduling;

/// <summary>What sets runs of one class apart when they are looked at for backfill.</summary>
internal enum WaitingKind
{
    /// <summary>Neither reserved nor ever admitted: all such runs of a class are alike.</summary>
    New,

    /// <summary>Reserved without a slice: all such runs of a class are alike.</summary>
    Unplanned,

    /// <summary>With a slice of its own, or with a place in the funding order of its own: like no other.</summary>
    Singular,
}
