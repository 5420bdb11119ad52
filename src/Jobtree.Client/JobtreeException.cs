using Jobtree.Actors.Operations;

namespace Jobtree.Client;

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
