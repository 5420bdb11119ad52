namespace Jobtree.Core.Model;

/// <summary>Where a run is: a summary of its conditions.</summary>
public enum RunPhase : byte
{
    /// <summary>In the queue of its flavor.</summary>
    Pending,

    /// <summary>Waiting for upstream runs; holds nothing.</summary>
    Waiting,

    /// <summary>Holds a reservation.</summary>
    Reserved,

    /// <summary>Holds leases.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Completed,

    /// <summary>Ended otherwise: failed or cancelled.</summary>
    Failed,
}
