namespace Jobtree.Core.Model;

/// <summary>What a run's conditions are about.</summary>
public enum ConditionType
{
    /// <summary>The run has leases, or had them until it ended.</summary>
    Admitted,

    /// <summary>Every GPU it asked for has a slot.</summary>
    Scheduled,

    /// <summary>Its executor was told to start it and has not reported an end.</summary>
    Running,

    /// <summary>It ended well.</summary>
    Completed,

    /// <summary>It failed or was cancelled.</summary>
    Failed,

    /// <summary>It cannot go on by itself; the reason says why.</summary>
    Blocked,
}
