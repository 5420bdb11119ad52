using Jobtree.Api.Access;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>Who a caller is to this host.</summary>
internal sealed class WhoAmIRoutes(ApiAccess access)
{
    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/whoami", "Host", "Whom the token is of, and what it may", WhoAmI) { Answer = "WhoAmI" },
    ];

    private Task<Reply> WhoAmI(ApiRequest request)
    {
        var caller = request.Caller;
        return Task.FromResult(Reply.Json(writer =>
        {
            writer.WriteStartObject();
            if (caller.Name.Length > 0)
                writer.WriteString("name", caller.Name);
            writer.WriteString("by", !access.AsksForTokens ? "nobody" : caller.Expires is null ? "token-file" : "oidc");
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
}
