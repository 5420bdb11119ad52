using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;
using Jobtree.Execution.Processes.Users;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution;

/// <summary>The executors that can run inside a host.</summary>
public static class LocalExecutors
{
    /// <summary>Creates an executor.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="folder">The data folder, for executors that store data.</param>
    /// <param name="simulatedDuration">The duration of a simulated run that does not specify one.</param>
    /// <param name="processes">How processes are started.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Creates the loggers.</param>
    public static ILocalExecutor Create(
        ExecutorKind kind, string folder, TimeSpan simulatedDuration, ProcessSettings processes, TimeProvider time,
        ILoggerFactory loggers) => kind switch
    {
        ExecutorKind.Simulated => new SimulatedExecutor(
            new SimulatedExecutorOptions { DurationDefault = simulatedDuration }, time,
            loggers.CreateLogger<SimulatedExecutor>()),
        ExecutorKind.Process => new ProcessExecutor(
            new ProcessExecutorOptions
            {
                Folder = folder,
                UserMapFile = processes.UserMapFile,
                SecretsFolder = processes.SecretsFolder,
            },
            time, loggers.CreateLogger<ProcessExecutor>()),
        _ => new ExternalExecutor(),
    };

    /// <summary>Checks how processes are to be started, before anything is touched.</summary>
    /// <param name="processes">The settings.</param>
    /// <param name="folder">The data folder, which may not exist yet.</param>
    /// <exception cref="ArgumentException">A file or folder cannot be used, or this host may not do what is
    /// asked.</exception>
    public static void Check(ProcessSettings processes, string folder)
    {
        new SecretsFolder(processes.SecretsFolder).Check();
        if (processes.UserMapFile is not { } map)
            return;
        var above = Path.GetDirectoryName(Path.GetFullPath(folder));
        while (!Directory.Exists(above))
            above = Path.GetDirectoryName(above)!;
        new WorkloadUsers(UserMap.Read(map)).Probe(above);
    }
}

/// <summary>How the process executor starts processes.</summary>
/// <param name="UserMapFile">A file that tells which user runs the workloads of which owner; null: this host's.</param>
/// <param name="SecretsFolder">The folder of the secrets that workloads may ask for; null: there are none.</param>
public sealed record ProcessSettings(string? UserMapFile = null, string? SecretsFolder = null);

/// <summary>An executor inside this host.</summary>
public interface ILocalExecutor : IExecutor, IAsyncDisposable
{
    /// <summary>The retained output of runs, if any.</summary>
    IRunLogs? Logs { get; }

    /// <summary>How many attempts have ended, or are to end, whose processes cannot be ended.</summary>
    int Resisting => 0;

    /// <summary>
    /// Adopts what an earlier host left behind and begins to report. Called once, when the fleet can receive reports
    /// and before it delivers the first start or stop. (The fleet needs its executor, and the executor needs the fleet
    /// to report to; this call resolves the cycle.)
    /// </summary>
    /// <param name="reports">The receiver of ends.</param>
    void Begin(IExecutionReports reports);

    /// <summary>
    /// The running attempts adopted from an earlier host. That host may have died between the record that ended a run
    /// and the order to stop it, so the fleet checks these attempts once and stops those that are obsolete.
    /// </summary>
    ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() =>
        ValueTask.FromResult<IReadOnlyList<(RunKey Run, int Attempt)>>([]);
}

/// <summary>What carries out starts and stops of runs.</summary>
public enum ExecutorKind
{
    /// <summary>No local executor: external executors watch the leases and report ends through the API.</summary>
    External,

    /// <summary>A simulation: runs succeed after their expected duration.</summary>
    Simulated,

    /// <summary>
    /// Child processes of this host. Anyone who may submit a run can then run programs as this host's user.
    /// </summary>
    Process,
}
