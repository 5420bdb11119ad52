using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>
/// One start of a run. The instant tells a run from an earlier one of the same name that was deleted: its attempts
/// count from 1 again.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of it.</param>
/// <param name="StartedAt">When its leases began.</param>
internal readonly record struct AttemptId(RunKey Run, int Attempt, DateTimeOffset StartedAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Run} attempt {Attempt}";
}
