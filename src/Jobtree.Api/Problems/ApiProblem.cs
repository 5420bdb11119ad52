using Jobtree.Actors.Operations;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Problems;

/// <summary>A refusal as sent to the client: RFC 9457 with a stable code.</summary>
/// <param name="Kind">Status, code and title.</param>
/// <param name="Detail">A human-readable sentence.</param>
/// <param name="Errors">The individual errors.</param>
internal sealed record ApiProblem(ProblemKind Kind, string Detail, IReadOnlyList<string>? Errors = null)
{
    /// <summary>How long to wait before retrying, where retrying helps. Absent: the default of the kind.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiProblem From(Problem problem) =>
        new(ProblemKind.From(problem.Code), problem.Detail, problem.Errors);

    /// <summary>The problem for a bare status code, for responses without a body.</summary>
    public static ApiProblem From(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status404NotFound =>
            new(ProblemKind.NotFound, "There is nothing at this path; see /openapi/v1.json."),
        StatusCodes.Status405MethodNotAllowed => new(
            ProblemKind.MethodNotAllowed, $"{request.Method} is not possible here; the header Allow lists what is."),
        StatusCodes.Status413PayloadTooLarge => new(ProblemKind.TooLarge, "The request's body is too large."),
        StatusCodes.Status408RequestTimeout => new(ProblemKind.Timeout, "The request's body came too slowly."),
        < 500 => new(ProblemKind.BadRequest, "The request is not well formed."),
        _ => new(ProblemKind.Internal, "Something broke here; the log has it."),
    };
}
