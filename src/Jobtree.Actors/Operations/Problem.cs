using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>An expected refusal: what is wrong, where, and what is allowed.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Errors">The individual findings, such as one per field.</param>
public sealed record Problem(ProblemCode Code, string Detail, IReadOnlyList<string>? Errors = null)
{
    /// <summary>There is no such run.</summary>
    /// <param name="run">The run that was asked for.</param>
    public static Problem NoRun(RunKey run) => new(ProblemCode.NotFound, $"There is no run {run}.");
}

/// <summary>The stable codes of expected refusals, in kebab-case on the wire.</summary>
public enum ProblemCode
{
    /// <summary>The input is not valid; nothing was changed.</summary>
    Invalid,

    /// <summary>The object does not exist.</summary>
    NotFound,

    /// <summary>The request conflicts with existing state, such as another spec under the same name.</summary>
    Conflict,

    /// <summary>The caller may not do this.</summary>
    Forbidden,

    /// <summary>A limit of the fleet was reached.</summary>
    LimitReached,

    /// <summary>
    /// The fleet cannot answer now. A command's outcome is unknown: repeat it with the same operation id.
    /// </summary>
    Unavailable,

    /// <summary>The caller has no token that is accepted.</summary>
    Unauthenticated,
}
