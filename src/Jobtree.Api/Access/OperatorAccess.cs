using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Api.SigningIn;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>
/// Guards pages that a host serves beside the API for operators of the whole fleet: bearers of the API's tokens, and
/// browsers that are signed in.
/// </summary>
public sealed class OperatorAccess
{
    private readonly ApiAccess access;
    private readonly SignInPage page;
    private readonly AuditTrail audit;

    internal OperatorAccess(ApiAccess access, SignInPage page, AuditTrail audit) =>
        (this.access, this.page, this.audit) = (access, page, audit);

    /// <summary>Whether a request may pass. One that may not is answered, and told to the audit log.</summary>
    /// <param name="http">The request.</param>
    /// <param name="needed">What is required, as a sentence.</param>
    public async Task<bool> Admits(HttpContext http, string needed)
    {
        var caller = await Caller(http.Request);
        if (caller is { Role: Role.Operator, IsForAll: true })
            return true;
        var problem = caller is null
            ? new ApiProblem(ProblemKind.Unauthenticated,
                "Send a valid token in the header 'Authorization: Bearer TOKEN'.")
            : new ApiProblem(ProblemKind.Forbidden, needed);
        await audit.Refused(AuditSource.Of(http), caller, problem);
        var wantsPage = http.Request.Headers.Accept.ToString().Contains(
            "text/html", StringComparison.OrdinalIgnoreCase);
        await (wantsPage ? page.Write(http, problem.Kind.Status, caller, caller is null ? "" : needed)
            : ProblemWriter.Write(http, problem));
        return false;
    }

    /// <summary>The caller; nobody while an issuer cannot be asked for its keys.</summary>
    private async ValueTask<Caller?> Caller(HttpRequest request)
    {
        try
        {
            return await access.CallerOf(request);
        }
        catch (IssuerUnavailableException)
        {
            return null;
        }
    }
}
