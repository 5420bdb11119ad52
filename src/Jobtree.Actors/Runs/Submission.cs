using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>A run to submit.</summary>
/// <param name="Spec">What it asks for.</param>
/// <param name="Owner">Its owner, given or derived.</param>
/// <param name="Labels">Its labels, if any.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="TraceParent">The W3C trace context of the command, if it had one.</param>
/// <param name="Again">Whether a run that has ended is to run again, as a new attempt.</param>
public sealed record Submission(RunSpec Spec, string Owner, IReadOnlyDictionary<string, string>? Labels,
    string Operation, string? TraceParent = null, bool Again = false);
