using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>Where an executor reports the ends of workloads.</summary>
public interface IExecutionReports
{
    /// <summary>A workload ended by itself. Safe to repeat; a report for an attempt that is over is ignored.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">Which start of the run.</param>
    /// <param name="succeeded">Whether it ended well.</param>
    /// <param name="message">What to show for it.</param>
    ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message);
}
