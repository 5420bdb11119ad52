using Jobtree.Core.Model;

namespace Jobtree.Execution;

/// <summary>The end of a workload, on its way to the fleet.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of it.</param>
/// <param name="Succeeded">Whether it ended well.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="Accepted">Called when the fleet has taken the report.</param>
internal sealed record ExitReport(RunKey Run, int Attempt, bool Succeeded, string? Message, Action? Accepted = null);
