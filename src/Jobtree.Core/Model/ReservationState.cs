namespace Jobtree.Core.Model;

/// <summary>Where a reservation is in its life.</summary>
public enum ReservationState
{
    /// <summary>Waiting for its start.</summary>
    Pending,

    /// <summary>Activated: the run started.</summary>
    Released,

    /// <summary>The run failed before it started.</summary>
    Failed,

    /// <summary>The run was cancelled.</summary>
    Cancelled,
}
