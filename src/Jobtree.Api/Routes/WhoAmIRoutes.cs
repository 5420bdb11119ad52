using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>Who a caller is to this host, and where somebody signs in to become one.</summary>
internal sealed class WhoAmIRoutes(ApiAccess access, ApiOptions options)
{
    private const string Tag = "Host";

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/whoami", Tag, "Whom the token is of, and what it may", WhoAmI) { Answer = "WhoAmI" },
        new("GET", "/v1/login", Tag, "Where to sign in for a token, and as which client", Login)
        {
            Role = null, Answer = "Login",
            Description = "Needs no token: a client reads it to get one, by a device code (RFC 8628). 404: nobody can "
                + "sign in for this host. All callers of this route together have the rate of one token.",
        },
    ];

    private Task<Reply> WhoAmI(ApiRequest request)
    {
        var caller = request.Caller;
        return Task.FromResult(Reply.Json(writer =>
        {
            writer.WriteStartObject();
            if (caller.Name.Length > 0)
                writer.WriteString("name", caller.Name);
            writer.WriteString("by", !access.AsksForTokens ? "nobody" : caller.IsOfIssuer ? "oidc" : "token-file");
            writer.WriteString("role", caller.Role.ToString().ToLowerInvariant());
            writer.WriteStartArray("owners");
            foreach (var owner in caller.Owners)
                writer.WriteStringValue(owner);
            writer.WriteEndArray();
            if (caller.Expires is { } expires)
                writer.WriteString("expires", expires);
            writer.WriteEndObject();
        }));
    }

    private Task<Reply> Login(ApiRequest request)
    {
        if (options.Oidc is not { ClientId: { } client } oidc)
            return Task.FromResult<Reply>(new ApiProblem(ProblemKind.NotFound,
                "Nobody can sign in for this host: it was started without --oidc-client-id."));
        return Task.FromResult(Reply.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("issuer", oidc.Issuer.AbsoluteUri);
            writer.WriteString("audience", oidc.Audience);
            writer.WriteString("clientId", client);
            writer.WriteString("scopes", oidc.Scopes);
            writer.WriteEndObject();
        }));
    }
}
