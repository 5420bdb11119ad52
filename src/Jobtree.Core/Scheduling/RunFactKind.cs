namespace Jobtree.Core.Scheduling;

/// <summary>What happened to a run in its flavor.</summary>
public enum RunFactKind
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It waits with a reservation.</summary>
    Reserved,

    /// <summary>Its leases began.</summary>
    Started,

    /// <summary>Its leases were cut; it waits again.</summary>
    Cut,

    /// <summary>Its leases ended for good.</summary>
    Closed,

    /// <summary>It left the queue without having started.</summary>
    Left,
}
