namespace Jobtree.Silo.Chaos.OneMachine;

/// <summary>What can be done to a silo that is alone, with its journal on a disk.</summary>
internal enum MachineFaultKind
{
    /// <summary>It is killed (SIGKILL).</summary>
    Kill,

    /// <summary>It is asked to stop (SIGTERM).</summary>
    Stop,

    /// <summary>Flushes of its journal fail (EIO).</summary>
    FailFlush,

    /// <summary>Writes to its journal fail (ENOSPC).</summary>
    FailWrite,

    /// <summary>Its file system is full, for everything that it writes and for its next starts too.</summary>
    FillDisk,

    /// <summary>More and larger runs are submitted than its heap has room for.</summary>
    FloodMemory,
}
