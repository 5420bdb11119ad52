using Jobtree.Actors.Operations;

namespace Jobtree.Client;

/// <summary>How a client bears with a fleet that is away for a moment.</summary>
public sealed record JobtreeClientOptions
{
    /// <summary>
    /// How long a command or question is repeated, always with the same operation id, while its outcome is unknown.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The pause before the first repetition; each next one is twice as long, up to <see cref="PauseMax"/>.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The fleet refused a command, or could not be reached.</summary>
/// <param name="problem">What the fleet said.</param>
/// <param name="operation">The id of the command, if it had one.</param>
public sealed class JobtreeException(Problem problem, string? operation) : Exception(problem.Detail)
{
    /// <summary>What the fleet said: a stable code, a sentence, the single findings.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>
    /// The stable code. <see cref="ProblemCode.Unavailable"/>: whether the command took effect is unknown; repeat it
    /// with the same <see cref="Operation"/>.
    /// </summary>
    public ProblemCode Code => Problem.Code;

    /// <summary>The id of the command: repeated with it, the command takes effect once. Null: it only asked.</summary>
    public string? Operation { get; } = operation;
}
