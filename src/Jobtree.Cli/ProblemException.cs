using Jobtree.Actors.Operations;

namespace Jobtree.Cli;

/// <summary>Carries a problem out of a stream of changes, whose items leave no room for it.</summary>
/// <param name="problem">The problem.</param>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>The problem.</summary>
    public Problem Problem { get; } = problem;
}
