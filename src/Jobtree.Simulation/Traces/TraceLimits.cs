namespace Jobtree.Simulation.Traces;

/// <summary>
/// What a trace file may hold before the reader refuses it, so that a damaged or hostile file cannot fill the memory.
/// </summary>
internal sealed record TraceLimits
{
    /// <summary>The most rows.</summary>
    public int RowsMax { get; init; } = 2_000_000;

    /// <summary>The longest line, in characters.</summary>
    public int LineLengthMax { get; init; } = 64 * 1024;

    /// <summary>The most GPUs that one job may ask for.</summary>
    public int GpusMax { get; init; } = 100_000;

    /// <summary>The longest id or name of a virtual cluster, in characters.</summary>
    public int NameLengthMax { get; init; } = 128;

    /// <summary>The most virtual clusters.</summary>
    public int ClustersMax { get; init; } = 1_000;

    /// <summary>The latest arrival and the longest duration.</summary>
    public TimeSpan SpanMax { get; init; } = TimeSpan.FromDays(3_650);
}
