using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>
/// An issuer of tokens on a loopback port: its discovery document, its keys, and tokens signed by them. Tokens are put
/// together here byte by byte, so that those of no honest issuer can be made as well.
/// </summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    public const string Audience = "fleet";

    /// <summary>The code that its users enter.</summary>
    public const string UserCode = "WDJB-MJHT";

    private static readonly JsonSerializerOptions Plain = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private const string DeviceCode = "device-secret";

    private readonly List<(string Id, RSA Key)> keys = [];
    private WebApplication? app;
    private int port;

    private TokenIssuer()
    {
        Codes = new CodeGrants(this);
        Rotate();
    }

    public Uri Address => new($"http://127.0.0.1:{port}/");

    /// <summary>What its token endpoint answers, one after the other, the last one for ever.</summary>
    public Queue<(int Status, object Answer)> TokenAnswers { get; } = [];

    /// <summary>The forms that it was sent: path, then fields.</summary>
    public List<(string Path, Dictionary<string, string> Fields)> Forms { get; } = [];

    /// <summary>Signs browsers in.</summary>
    public CodeGrants Codes { get; }

    /// <summary>What it answers to whoever gives a token back; null: it names no place for that.</summary>
    public int? Revocation { get; set; }

    /// <summary>Its clock: a host whose clock stands still takes no token of a later time.</summary>
    public Func<DateTimeOffset> Now { get; set; } = static () => DateTimeOffset.UtcNow;

    /// <summary>How often its keys were read.</summary>
    public int KeysRead { get; private set; }

    public static async Task<TokenIssuer> Start()
    {
        var issuer = new TokenIssuer();
        await issuer.Serve();
        return issuer;
    }

    /// <summary>Begins to serve, on the port of before if it served before.</summary>
    public async Task Serve()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.MapGet("/.well-known/openid-configuration", (RequestDelegate)(http => http.Response.WriteAsJsonAsync(new
        {
            issuer = Address.AbsoluteUri.TrimEnd('/'), jwks_uri = $"{Address}keys",
            device_authorization_endpoint = $"{Address}device", token_endpoint = $"{Address}token",
            authorization_endpoint = $"{Address}authorize",
            revocation_endpoint = Revocation is null ? null : $"{Address}revoke",
        }, Plain)));
        app.MapPost("/revoke", (RequestDelegate)(async http =>
        {
            await Keep(http);
            http.Response.StatusCode = Revocation ?? 404;
        }));
        app.MapGet("/authorize", (RequestDelegate)Codes.Authorize);
        app.MapPost("/device", (RequestDelegate)(async http =>
        {
            await Keep(http);
            await http.Response.WriteAsJsonAsync(new
            {
                device_code = DeviceCode, user_code = UserCode, verification_uri = $"{Address}enter",
                verification_uri_complete = $"{Address}enter?code={UserCode}", expires_in = 600, interval = 5,
            });
        }));
        app.MapPost("/token", (RequestDelegate)(async http =>
        {
            var form = await Keep(http);
            (http.Response.StatusCode, var answer) = form.GetValueOrDefault("grant_type") == "authorization_code"
                ? Codes.Redeem(form, http.Request.Headers.Authorization.ToString()) : NextTokenAnswer();
            await http.Response.WriteAsJsonAsync(answer);
        }));
        app.MapGet("/keys", (RequestDelegate)(http =>
        {
            KeysRead++;
            return http.Response.WriteAsJsonAsync(new { keys = keys.Select(key => Public(key.Id, key.Key)) });
        }));
        await app.StartAsync();
        port = new Uri(app.Urls.Single()).Port;
    }

    public async Task Stop()
    {
        await app!.StopAsync();
        await app.DisposeAsync();
        app = null;
    }

    /// <summary>Has a new key, and no other any more.</summary>
    public void Rotate()
    {
        keys.Clear();
        keys.Add((Guid.NewGuid().ToString("N"), RSA.Create(2048)));
    }

    /// <summary>A token with these claims beside issuer, audience and times; one that is null is left out.</summary>
    public string Token(
        object claims, DateTimeOffset? now = null, string? algorithm = null, RSA? signedBy = null)
    {
        var at = (now ?? Now()).ToUnixTimeSeconds();
        var all = new Dictionary<string, object?>
        {
            ["iss"] = Address.AbsoluteUri.TrimEnd('/'), ["aud"] = Audience, ["sub"] = "alice", ["iat"] = at,
            ["nbf"] = at, ["exp"] = at + 600,
        };
        foreach (var claim in claims.GetType().GetProperties())
            all[claim.Name] = claim.GetValue(claims);
        var (id, key) = keys[^1];
        var text = $"{Part(new { alg = algorithm ?? "RS256", typ = "JWT", kid = id })}."
            + Part(all.Where(claim => claim.Value is not null).ToDictionary());
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm switch
        {
            "none" => [],
            // The public key is known to everybody; as a secret it would sign for anybody.
            "HS256" => HMACSHA256.HashData(key.ExportSubjectPublicKeyInfo(), bytes),
            _ => (signedBy ?? key).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        return $"{text}.{Encode(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await Stop();
    }

    private async Task<Dictionary<string, string>> Keep(HttpContext http)
    {
        var form = (await http.Request.ReadFormAsync()).ToDictionary(field => field.Key, field => (string)field.Value!);
        lock (Forms)
            Forms.Add((http.Request.Path, form));
        return form;
    }

    private (int Status, object Answer) NextTokenAnswer()
    {
        lock (TokenAnswers)
            return TokenAnswers.Count > 1 ? TokenAnswers.Dequeue() : TokenAnswers.Peek();
    }

    private static object Public(string id, RSA key)
    {
        var parts = key.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", alg = "RS256", kid = id, n = Encode(parts.Modulus!),
            e = Encode(parts.Exponent!) };
    }

    private static string Part(object content) => Encode(JsonSerializer.SerializeToUtf8Bytes(content));

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
