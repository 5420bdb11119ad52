using Jobtree.Actors.Ports;

namespace Jobtree.Execution;

/// <summary>
/// Does nothing: an external executor runs the workloads, watches the leases and reports ends through the API.
/// </summary>
public sealed class ExternalExecutor : ILocalExecutor
{
    /// <inheritdoc/>
    public IRunLogs? Logs => null;

    /// <inheritdoc/>
    public void Begin(IExecutionReports reports)
    {
    }

    /// <inheritdoc/>
    public ValueTask Start(Launch launch) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask Resize(Launch launch) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask Stop(ExecutionStop stop) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
