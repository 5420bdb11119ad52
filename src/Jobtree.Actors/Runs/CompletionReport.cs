using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>How a workload ended.</summary>
/// <param name="Succeeded">Whether it ended well.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="Attempt">Which start of the run it is about; absent: the only one there was.</param>
public sealed record CompletionReport(bool Succeeded, string? Message, string Operation, int? Attempt = null)
{
    private const int MessageLengthMax = 1024;

    /// <summary>The end of an attempt as its executor saw it; the same end makes the same report.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">Which start of the run.</param>
    /// <param name="succeeded">Whether it ended well.</param>
    /// <param name="message">What the workload said of it.</param>
    public static CompletionReport OfExit(RunKey run, int attempt, bool succeeded, string? message)
    {
        // Whatever a workload wrote ends in listings and files: one line, nothing that steers a terminal.
        var line = message is null ? null : new string(
            [.. message.Take(MessageLengthMax).Select(character => char.IsControl(character) ? ' ' : character)]);
        return new CompletionReport(succeeded, line, $"exit/{run}/{attempt}", attempt);
    }
}
