namespace Jobtree.Actors.Operations;

/// <summary>What became of one document or command.</summary>
/// <param name="Kind">The manifest's kind.</param>
/// <param name="Name">The name; for a run <c>namespace/name</c>.</param>
/// <param name="Outcome">For a run <c>bound</c>, <c>reserved</c>, <c>waiting</c> or <c>unchanged</c>; otherwise
/// <c>created</c>, <c>changed</c>, <c>unchanged</c> or <c>deleted</c>.</param>
/// <param name="Message">A sentence for people, or none.</param>
public sealed record Applied(string Kind, string Name, string Outcome, string? Message = null);
