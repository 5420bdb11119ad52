namespace Jobtree.Execution.Processes;

/// <summary>How an attempt ended.</summary>
/// <param name="Stopped">Whether it was ended from outside: then nobody waits for a report.</param>
/// <param name="Succeeded">Whether every rank ended with exit code 0.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="At">When.</param>
internal sealed record AttemptEnd(bool Stopped, bool Succeeded, string Message, DateTimeOffset At);
