namespace Jobtree.Actors.Runs;

/// <summary>How a workload ended.</summary>
/// <param name="Succeeded">Whether it ended well.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="Attempt">Which start of the run it is about; absent: the present one.</param>
public sealed record CompletionReport(bool Succeeded, string? Message, string Operation, int? Attempt = null);
