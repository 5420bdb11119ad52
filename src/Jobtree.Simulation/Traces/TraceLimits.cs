namespace Jobtree.Simulation.Traces;

/// <summary>
/// The limits of a trace file. The reader refuses larger files, so that a damaged or hostile file cannot exhaust
/// memory.
/// </summary>
internal sealed record TraceLimits
{
    /// <summary>The maximum number of rows.</summary>
    public int RowsMax { get; init; } = 2_000_000;

    /// <summary>The maximum length of a line, in characters.</summary>
    public int LineLengthMax { get; init; } = 64 * 1024;

    /// <summary>The maximum number of comment lines.</summary>
    public int CommentsMax { get; init; } = 10_000;

    /// <summary>The maximum number of GPUs per job.</summary>
    public int GpusMax { get; init; } = 100_000;

    /// <summary>The maximum length of the name of a job, a user or a virtual cluster, in characters.</summary>
    public int NameLengthMax { get; init; } = 128;

    /// <summary>The maximum number of virtual clusters.</summary>
    public int ClustersMax { get; init; } = 1_000;

    /// <summary>The maximum number of owners: users, counted in each of their virtual clusters.</summary>
    public int OwnersMax { get; init; } = 10_000;

    /// <summary>The maximum duration, and the maximum time between two arrivals.</summary>
    public TimeSpan SpanMax { get; init; } = TimeSpan.FromDays(3_650);
}
