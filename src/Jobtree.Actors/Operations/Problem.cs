namespace Jobtree.Actors.Operations;

/// <summary>An expected refusal: what, where, what is allowed.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Errors">The single findings, such as one per field.</param>
public sealed record Problem(ProblemCode Code, string Detail, IReadOnlyList<string>? Errors = null);
