namespace Jobtree.Execution.Processes;

/// <summary>How processes are run, and the limits on them.</summary>
internal sealed record ProcessExecutorOptions
{
    /// <summary>The data folder; <c>logs</c> and <c>attempts</c> are made in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Ranks that may run at once. A launch that does not fit waits; one that could never fit fails.</summary>
    public int RanksMax { get; init; } = 256;

    /// <summary>Launches that may wait. One more fails.</summary>
    public int WaitingMax { get; init; } = 10_000;

    /// <summary>Bytes kept of each output file; rounded up to a multiple of 512.</summary>
    public long OutputBytesMax { get; init; } = 16 << 20;

    /// <summary>Ended attempts of one run whose output and working directory are kept.</summary>
    public int AttemptsKeptPerRun { get; init; } = 5;

    /// <summary>Ended attempts that are kept in all; the oldest go first.</summary>
    public int AttemptsKept { get; init; } = 10_000;

    /// <summary>How long processes have to end after SIGTERM, before SIGKILL.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often processes are looked at that an earlier host started.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(200);
}
