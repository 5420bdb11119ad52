namespace Jobtree.Actors.Ports;

/// <summary>Starts and stops nothing: others do, and report through the API.</summary>
public sealed class NoExecutor : IExecutor
{
    /// <inheritdoc/>
    public ValueTask Start(Launch launch) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask Stop(ExecutionStop stop) => ValueTask.CompletedTask;
}
