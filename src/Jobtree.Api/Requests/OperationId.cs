using System.Diagnostics.CodeAnalysis;
using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>The id that makes a command idempotent: the header <c>Idempotency-Key</c>, or a new id.</summary>
internal static class OperationId
{
    public const string Header = "Idempotency-Key";
    public const int LengthMax = 128;

    public static bool TryRead(
        HttpRequest request, [NotNullWhen(true)] out string? operation, [NotNullWhen(false)] out ApiProblem? problem)
    {
        problem = null;
        if (!request.Headers.TryGetValue(Header, out var given))
        {
            operation = Guid.CreateVersion7().ToString("N");
            return true;
        }

        operation = given.Count == 1 && given[0] is { Length: > 0 and <= LengthMax } text && !text.AsSpan()
            .ContainsAnyExceptInRange('!', '~')
            ? text
            : null;
        if (operation is null)
            problem = new ApiProblem(
                ProblemKind.BadRequest,
                $"The header {Header} must be given once, with 1 to {LengthMax} visible ASCII characters and no " +
                $"blanks.");
        return operation is not null;
    }
}
