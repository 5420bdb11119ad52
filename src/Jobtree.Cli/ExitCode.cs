using Jobtree.Actors.Operations;

namespace Jobtree.Cli;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Refused or failed; the problem is on standard error.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>The server could not be reached or did not answer: the outcome of a command is unknown.</summary>
    public const int Unknown = 3;

    /// <summary>Ended by Ctrl-C, as shells number it.</summary>
    public const int Interrupted = 130;
}

/// <summary>Carries a problem out of a stream of changes, whose items leave no room for it.</summary>
/// <param name="problem">The problem.</param>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>The problem.</summary>
    public Problem Problem { get; } = problem;
}
