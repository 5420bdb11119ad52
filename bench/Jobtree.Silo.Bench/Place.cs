namespace Jobtree.Silo.Bench;

/// <summary>Where the journals of the silos to be measured are.</summary>
internal enum Place
{
    /// <summary>Nowhere: what grains cost by themselves.</summary>
    None,

    /// <summary>On this machine's disk, answers waiting for the flush.</summary>
    Disk,

    /// <summary>In a Redis with an append-only file that is flushed every second.</summary>
    Redis,
}
