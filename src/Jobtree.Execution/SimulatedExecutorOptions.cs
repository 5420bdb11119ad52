namespace Jobtree.Execution;

/// <summary>How runs are simulated.</summary>
internal sealed record SimulatedExecutorOptions
{
    /// <summary>How long a run takes that does not say its expected duration.</summary>
    public TimeSpan DurationDefault { get; init; } = TimeSpan.FromMinutes(10);
}
