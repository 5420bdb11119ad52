using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>
/// The part of an issuer that signs browsers in: each is somebody already, and is sent back with a code that is good
/// for once, for the client, page and challenge that it was given for (RFC 6749, RFC 7636).
/// </summary>
/// <param name="issuer">The issuer.</param>
internal sealed class CodeGrants(TokenIssuer issuer)
{
    private readonly ConcurrentDictionary<string, Grant> codes = new();

    /// <summary>The client that it knows.</summary>
    public string Client { get; set; } = "web";

    /// <summary>The client's secret; null: it is a public one.</summary>
    public string? Secret { get; set; }

    /// <summary>The page to which it sends browsers back, and to no other.</summary>
    public string? Page { get; set; }

    /// <summary>The claims of the access token; null: that is one which nobody but the issuer reads.</summary>
    public object? Access { get; set; } = new { jobtree_role = "operator", jobtree_owners = "*" };

    /// <summary>Claims of the id token beside its audience and nonce; null: there is none.</summary>
    public Func<string, object>? Identity { get; set; }

    /// <summary>The codes that were given, oldest first.</summary>
    public ConcurrentQueue<string> Given { get; } = [];

    /// <summary>Sends the browser back with a code.</summary>
    public Task Authorize(HttpContext http)
    {
        var query = http.Request.Query;
        var page = query["redirect_uri"].ToString();
        if (query["client_id"] != Client || query["response_type"] != "code" || page != (Page ?? page)
            || query["code_challenge_method"] != "S256" || !query["scope"].ToString().Split(' ').Contains("openid"))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        var code = Guid.NewGuid().ToString("N");
        Given.Enqueue(code);
        codes[code] = new Grant(page, query["code_challenge"].ToString(), query["nonce"].ToString());
        http.Response.Redirect($"{page}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}");
        return Task.CompletedTask;
    }

    /// <summary>The answer of the token endpoint to a code.</summary>
    public (int Status, object Answer) Redeem(IReadOnlyDictionary<string, string> fields, string authorization)
    {
        var basic = $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Client}:{Secret}"))}";
        if (Secret is null ? fields.GetValueOrDefault("client_id") != Client : authorization != basic)
            return (401, new { error = "invalid_client" });
        var verifier = Encoding.ASCII.GetBytes(fields.GetValueOrDefault("code_verifier", ""));
        if (!codes.TryRemove(fields.GetValueOrDefault("code", ""), out var grant)
            || fields.GetValueOrDefault("redirect_uri") != grant.Page
            || Base64Url.EncodeToString(SHA256.HashData(verifier)) != grant.Challenge)
            return (400, new { error = "invalid_grant" });
        return (200, new
        {
            access_token = Access is null ? "opaque" : issuer.Token(Access), token_type = "Bearer", expires_in = 600,
            id_token = issuer.Token(Identity?.Invoke(grant.Nonce) ?? new { aud = Client, nonce = grant.Nonce }),
        });
    }

    private sealed record Grant(string Page, string Challenge, string Nonce);
}
