namespace Jobtree.Execution.Processes;

/// <summary>How processes are run, and their limits.</summary>
internal sealed record ProcessExecutorOptions
{
    /// <summary>The data folder; contains <c>logs</c> and <c>attempts</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>A file that tells which user runs the workloads of which owner; null: the user of this host.</summary>
    public string? UserMapFile { get; init; }

    /// <summary>The folder of the secrets that workloads may ask for; null: there are none.</summary>
    public string? SecretsFolder { get; init; }

    /// <summary>Whether the processes of an attempt get a control group, if this host may make one.</summary>
    public bool UsesControlGroups { get; init; } = true;

    /// <summary>The most ranks at once. A launch that does not fit now waits; one that can never fit fails.</summary>
    public int RanksMax { get; init; } = 256;

    /// <summary>The most waiting launches; further ones fail.</summary>
    public int WaitingMax { get; init; } = 10_000;

    /// <summary>Bytes retained of each output file; rounded up to a multiple of 512.</summary>
    public long OutputBytesMax { get; init; } = 16 << 20;

    /// <summary>How many ended attempts of a run keep their output and working directory.</summary>
    public int AttemptsKeptPerRun { get; init; } = 5;

    /// <summary>How many ended attempts are retained in total; the oldest are deleted first.</summary>
    public int AttemptsKept { get; init; } = 10_000;

    /// <summary>How long processes have between SIGTERM and SIGKILL.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often processes of an earlier host are polled.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often the output of runs is searched for telemetry.</summary>
    public TimeSpan TelemetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the use of processors, memory and GPUs is measured.</summary>
    public TimeSpan UsageInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The program that tells the use of GPUs: a path, or a name to look for in <c>PATH</c>.</summary>
    public string GpuProgram { get; init; } = "nvidia-smi";
}
