using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution;

/// <summary>The executors that a host can have in its own process.</summary>
public static class LocalExecutors
{
    /// <summary>Makes one.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="folder">The data folder, for those that keep something.</param>
    /// <param name="simulatedDuration">How long a simulated run takes that does not say.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
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

/// <summary>An executor that lives in this host.</summary>
public interface ILocalExecutor : IExecutor, IAsyncDisposable
{
    /// <summary>What it kept of the runs' output, if it keeps any.</summary>
    IRunLogs? Logs { get; }

    /// <summary>
    /// Takes up what an earlier host left behind and begins to report. Called once, when the fleet is ready to hear
    /// reports and before it delivers the first start or stop. (The fleet needs its executor to exist, and the executor
    /// needs the fleet to report to: this is where the two meet.)
    /// </summary>
    /// <param name="reports">Where ends are reported.</param>
    void Begin(IExecutionReports reports);

    /// <summary>
    /// The attempts that it took up from an earlier host and that go on. A host can die between the record that ended a
    /// run and the order to stop it, so the fleet looks through these once and ends what it no longer wants.
    /// </summary>
    ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() =>
        ValueTask.FromResult<IReadOnlyList<(RunKey Run, int Attempt)>>([]);
}

/// <summary>What carries out the starts and stops of runs.</summary>
public enum ExecutorKind
{
    /// <summary>Nothing here: others watch the leases and report ends through the API.</summary>
    External,

    /// <summary>A clock: runs end well after their expected duration.</summary>
    Simulated,

    /// <summary>
    /// Child processes of this host. Whoever may submit a run then runs programs as this host's user.
    /// </summary>
    Process,
}
