namespace Jobtree.Actors.Operations;

/// <summary>An expected refusal: what, where, what is allowed.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Errors">The single findings, such as one per field.</param>
public sealed record Problem(ProblemCode Code, string Detail, IReadOnlyList<string>? Errors = null);

/// <summary>The stable codes of expected refusals; on the wire in kebab-case.</summary>
public enum ProblemCode
{
    /// <summary>The input is not valid; nothing was changed.</summary>
    Invalid,

    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>The request contradicts what is there, such as another spec under the same name.</summary>
    Conflict,

    /// <summary>The caller may not do this.</summary>
    Forbidden,

    /// <summary>A limit of the fleet was reached.</summary>
    LimitReached,

    /// <summary>
    /// The fleet cannot answer now; the outcome of a command is unknown, repeat it with the same operation id.
    /// </summary>
    Unavailable,
}
