namespace Jobtree.Actors.Ports;

/// <summary>
/// Carries out what was decided. Both calls come at least once, after the decision is durable, and are safe to repeat:
/// an executor knows a start by its run and attempt.
/// </summary>
public interface IExecutor
{
    /// <summary>Starts a run's workload on its slots.</summary>
    /// <param name="launch">What to start where.</param>
    ValueTask Start(Launch launch);

    /// <summary>Ends a run's workload, if it still goes on: its leases have ended.</summary>
    /// <param name="stop">What to end and why.</param>
    ValueTask Stop(ExecutionStop stop);
}
