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
