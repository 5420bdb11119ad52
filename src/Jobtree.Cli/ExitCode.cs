using Jobtree.Actors.Operations;

namespace Jobtree.Cli;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>Refused or failed; the problem is on standard error.</summary>
    public const int Refused = 1;

    /// <summary>The command line is not valid; nothing was attempted.</summary>
    public const int Usage = 2;

    /// <summary>The server was unreachable or did not answer: the outcome of a command is unknown.</summary>
    public const int Unknown = 3;

    /// <summary>Interrupted by Ctrl-C, with the number that shells use.</summary>
    public const int Interrupted = 130;
}

/// <summary>Carries a problem out of a stream of changes, whose items cannot carry it.</summary>
/// <param name="problem">The problem.</param>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>The problem.</summary>
    public Problem Problem { get; } = problem;
}
