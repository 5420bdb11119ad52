using Jobtree.Actors.Operations;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Problems;

/// <summary>A refusal as it goes over the wire: RFC 9457 with a stable code.</summary>
/// <param name="Kind">Status, code and title.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Errors">The single findings.</param>
internal sealed record ApiProblem(ProblemKind Kind, string Detail, IReadOnlyList<string>? Errors = null)
{
    /// <summary>How long to wait before asking again, where waiting helps; absent: as usual for the kind.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiProblem From(Problem problem) =>
        new(ProblemKind.From(problem.Code), problem.Detail, problem.Errors);

    /// <summary>What a bare status code means, for answers that nobody wrote a body for.</summary>
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
