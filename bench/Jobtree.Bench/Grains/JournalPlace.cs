namespace Jobtree.Bench.Grains;

/// <summary>Where the journals of the measured silos are.</summary>
internal enum JournalPlace
{
    /// <summary>Nowhere: shows what the grains themselves cost.</summary>
    None,

    /// <summary>On this machine's disk; answers wait for the flush.</summary>
    Disk,

    /// <summary>In a Redis whose append-only file is flushed every second.</summary>
    Redis,
}
