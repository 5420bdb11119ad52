using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution;

/// <summary>The executors that can run inside a host.</summary>
public static class LocalExecutors
{
    /// <summary>Creates an executor.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="folder">The data folder, for executors that store data.</param>
    /// <param name="simulatedDuration">The duration of a simulated run that does not specify one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Creates the loggers.</param>
    public static ILocalExecutor Create(
        ExecutorKind kind, string folder, TimeSpan simulatedDuration, TimeProvider time,
        ILoggerFactory loggers) => kind switch
    {
        ExecutorKind.Simulated => new SimulatedExecutor(
            new SimulatedExecutorOptions { DurationDefault = simulatedDuration }, time,
            loggers.CreateLogger<SimulatedExecutor>()),
        ExecutorKind.Process => new ProcessExecutor(
            new ProcessExecutorOptions { Folder = folder }, time, loggers.CreateLogger<ProcessExecutor>()),
        _ => new ExternalExecutor(),
    };
}

/// <summary>An executor inside this host.</summary>
public interface ILocalExecutor : IExecutor, IAsyncDisposable
{
    /// <summary>The retained output of runs, if any.</summary>
    IRunLogs? Logs { get; }

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
